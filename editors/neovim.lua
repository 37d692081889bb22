-- cnnshape in Neovim 0.7 and later: `nvim -u editors/neovim.lua net.yaml`, or this in your own configuration.
vim.cmd("filetype on")
vim.api.nvim_create_autocmd("FileType", {
  pattern = { "yaml", "python" },
  callback = function(event)
    local markers = { "cnnshape.toml", "pyproject.toml", ".git" }
    local found = vim.fs and vim.fs.find(markers, { upward = true, path = vim.fn.expand("%:p:h") })[1]
    local id = vim.lsp.start_client({
      name = "cnnshape",
      cmd = { "cnnshape", "server" },
      root_dir = found and vim.fs.dirname(found) or vim.fn.expand("%:p:h"),
    })
    vim.lsp.buf_attach_client(event.buf, id)
  end,
})
