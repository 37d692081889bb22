"use strict";

const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = async () => {
  const command = workspace.getConfiguration("cnnshape").get("command");
  const languages = ["yaml", "python"].map((language) => ({ scheme: "file", language }));
  client = new LanguageClient("cnnshape", { command, args: ["server"] }, { documentSelector: languages });
  await client.start();
};

exports.deactivate = () => client?.stop();
