"""What the pages do in a browser. See README.md here for what it needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

import cnnshape
from cnnshape.api import examine
from cnnshape.magic import plan_cell
from cnnshape.readers.yaml.space import Space, space_of
from cnnshape.reports.diffs import html as diff_page
from cnnshape.reports.page import plan as plan_page
from cnnshape.reports.page import search as search_page
from cnnshape.reports.page import sweep as sweep_page
from cnnshape.studies.diff import compare
from cnnshape.studies.order import order_of
from cnnshape.studies.scale import Budget, Range, task_of
from cnnshape.studies.scale import sweep as swept
from cnnshape.studies.search import Tally, Task, search
from tests.browser.browsing import chromium, opened

sys.path.insert(0, str(Path(__file__).parent.parent / "reports"))
from test_drawn_graphs import NAMES, hostile

FAULTY = """\
input: [32, 32, 3]
blocks:
  stage:
    - Conv2D(16, 3, padding="same")
    - ReLU
    - MaxPooling2D(2)
layers:
  - stage
  - stage
  - Conv2D(32, 30)
  - Flatten
  - Dense(10)
"""


def residual(layers: int) -> str:
    """A network of so many layers, without blocks."""
    unit = '  - a{0} = Conv2D(8, 3, padding="same")\n  - BatchNormalization\n  - ReLU\n  - r{0} = Conv2D(8, 3, padding="same")\n'
    unit += "  - Add()(a{0}, r{0})\n"
    return "input: [32, 32, 8]\nlayers:\n" + "".join(unit.format(number) for number in range(layers // 5))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every kind of page."""
    unet = cnnshape.plan("examples/pytorch_unet.yaml")
    variants = list(swept(task_of("examples/resnet.yaml", None, {}, [Range("width", (0.5, 1, 2))])))
    space, found = searched()
    names = cnnshape.plan({"input": [8, 8, 3], "layers": ["ReLU"] * len(NAMES)})
    texts = {
        "resnet50": plan_page.render(cnnshape.plan("zoo:pytorch/resnet50")),
        "shared": plan_page.render(cnnshape.plan("examples/two_inputs.yaml"), 1),
        "unreadable": plan_page.render(plan_cell("", "input: [8")),
        "faulty": plan_page.render(examine(text=FAULTY, filename="net.yaml")),
        "hostile": plan_page.render(hostile(names, NAMES)),
        "large": plan_page.render(cnnshape.plan(text=residual(1000))),
        "diff": diff_page.render(compare(unet, cnnshape.plan("examples/pytorch_unet.yaml", variables={"width": 16}))),
        "search": search_page.render("mobilenet", found, space),
        "scale": sweep_page.render("resnet", variants, (True, True, False), Budget(params=30_000_000)),
    }
    folder = tmp_path_factory.mktemp("pages")
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


def searched() -> tuple[Space, Tally]:
    """A space of MobileNets, and what a search finds in it."""
    vary = {"alpha": "0.25..1:0.05", "resolution": "96..224:32"}
    space = space_of({"vary": vary, "constraints": {"params": "<= 3M"}, "minimize": "macs", "maximize": "params"})
    settings = {"batch": None, "input": None, "framework": None, "preset": None, "variables": {}}
    tally = Tally(space.objectives)
    for piece in search(Task("zoo:keras/mobilenet", None, settings, space, order_of(space, None, 0))):
        for variant in piece.variants:
            tally.add(variant)
    return space, tally


@pytest.fixture
def resnet(browser: Browser, pages: dict[str, Path]) -> Iterator[Page]:
    with opened(browser, pages["resnet50"]) as page:
        yield page


def row(page: Page, name: str) -> str:
    return f"#layers tr:has(th:text-is('{name}'))"


def focused(page: Page) -> str:
    """The name of the line, or the label of the part, that has the focus."""
    found = page.evaluate(
        "document.activeElement.getAttribute('aria-label') ?? document.activeElement.querySelector('th')?.lastChild.textContent"
    )
    return str(found)


KINDS = ("resnet50", "faulty", "hostile", "diff", "scale", "search")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("width", [1400, 500])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_keyboard_and_a_screen_reader_find_their_way(
    browser: Browser, pages: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    with opened(browser, pages[name], width, scheme) as page:
        if name in ("resnet50", "diff", "scale", "search"):
            page.locator("#layers tbody tr").nth(1).click()
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        results = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
        serious = [each for each in results.response["violations"] if each["impact"] in ("serious", "critical")]
        told = [(each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in serious]
        assert told == []


def test_a_click_opens_a_block_in_the_graph_and_in_the_table(resnet: Page) -> None:
    resnet.locator("#graph [aria-label^='bottleneck, bottleneck']").click()
    assert resnet.locator("#graph [aria-label^='bottleneck, bottleneck'][aria-expanded=true]").count() == 1
    assert resnet.locator("#layers tr[aria-level='2']").count() == 8
    assert resnet.locator("#graph [aria-label^='+ add']").count() == 1
    resnet.locator(f"{row(resnet, 'bottleneck')} .twist").click()
    assert resnet.locator("#layers tr[aria-level='2']").count() == 0
    assert resnet.locator("#graph [aria-label^='+ add']").count() == 0


def test_open_all_draws_every_layer(resnet: Page) -> None:
    resnet.get_by_role("button", name="Open all blocks").click()
    assert resnet.locator("#graph .part.layer").count() == 175
    assert resnet.locator("#layers tr.layer").count() == 175
    resnet.get_by_role("button", name="Close all blocks").click()
    assert resnet.locator("#graph .part.layer").count() == resnet.locator("#layers tr.layer").count() == 5


def test_the_table_is_walked_with_the_arrow_keys(resnet: Page) -> None:
    resnet.locator("#layers tr[tabindex='0']").focus()
    for key, there in (
        ("ArrowDown", "re_lu"),
        ("ArrowDown", "max_pool2d"),
        ("ArrowDown", "bottleneck"),
        ("ArrowRight", "bottleneck"),
        ("ArrowDown", "conv_bn"),
        ("ArrowLeft", "bottleneck"),
        ("ArrowLeft", "bottleneck"),
        ("ArrowDown", "bottleneck x 2"),
        ("Home", "conv_bn"),
        ("End", "linear"),
    ):
        resnet.keyboard.press(key)
        assert focused(resnet) == there, key
    assert resnet.locator("#layers tr[aria-level='2']").count() == 0
    resnet.keyboard.press("Enter")
    assert resnet.locator("#layer-name").inner_text() == "linear"
    resnet.keyboard.press("Escape")
    assert resnet.locator("#layer").is_hidden()
    assert focused(resnet) == "linear"


def test_the_graph_is_walked_along_its_edges(resnet: Page) -> None:
    resnet.locator("#graph [tabindex='0']").focus()
    for key, there in (
        ("ArrowDown", "conv_bn"),
        ("ArrowDown", "ReLU"),
        ("ArrowDown", "MaxPool2d"),
        ("ArrowUp", "ReLU"),
    ):
        resnet.keyboard.press(key)
        assert focused(resnet).startswith(there)
    resnet.keyboard.press("Enter")
    assert resnet.locator("#layer-name").inner_text() == "re_lu"


def test_a_layer_shows_how_its_numbers_came_about_and_its_windows(resnet: Page) -> None:
    resnet.locator("input[type=search]").fill("conv_bn/conv2d")
    resnet.locator("#layers tbody tr").first.click()
    panel = resnet.locator("#layer")
    assert (
        panel.locator(".call").inner_text()
        == "Conv2d(in_channels=3, out_channels=64, kernel_size=7, stride=2, padding=3, bias=False)"
    )
    assert "= floor((224 + 3 + 3 - 7) / 2) + 1" in panel.inner_text()
    assert panel.locator(".windows .tap").count() == 49
    panel.locator(".windows .output").nth(30).hover()
    assert panel.locator(".told").inner_text().startswith("output row 2, column 106")
    panel.get_by_role("button", name="conv_bn/batch_norm2d").click()
    assert panel.locator("#layer-name").inner_text() == "batch_norm2d"


def test_the_windows_move_with_the_arrow_keys(resnet: Page) -> None:
    resnet.locator("input[type=search]").fill("conv_bn/conv2d")
    resnet.locator("#layers tbody tr").first.click()
    resnet.locator("#layer .grids").focus()
    for key, place in (
        ("ArrowRight", "row 0, column 2"),
        ("ArrowDown", "row 1, column 2"),
        ("ArrowLeft", "row 1, column 1"),
    ):
        resnet.keyboard.press(key)
        assert place in resnet.locator("#layer .told").inner_text()


def test_an_address_names_a_layer(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["resnet50"]) as page:
        page.goto(f"{pages['resnet50'].as_uri()}#bottleneck_3/conv_bn_1/conv2d")
        page.reload()
        page.wait_for_selector("#layer:not([hidden])")
        assert page.locator("#layer .path").inner_text() == "bottleneck_3 / conv_bn_1"
        page.locator("#layer .close").click()
        assert "#" not in page.url


def test_layers_that_share_weights_lead_to_each_other(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["shared"]) as page:
        page.locator("#layers tr.layer:has-text('= a/conv2d')").first.click()
        page.locator("#layer .links:has(h3:text('Weights'))").get_by_role("button", name="a/conv2d").click()
        assert page.locator("#layer .path").inner_text() == "a"


def test_a_file_that_cannot_be_read_says_why(browser: Browser, pages: dict[str, Path]) -> None:
    with browser.new_page() as page:
        page.goto(pages["unreadable"].as_uri())
        assert "not valid YAML" in page.locator("#findings").inner_text()
        assert page.locator("#graph").count() == 0


def test_what_is_chosen_in_the_table_is_seen_in_the_graph(resnet: Page) -> None:
    resnet.locator("input[type=search]").fill("bottleneck_13/conv_bn_1/conv2d")
    resnet.locator("#layers tbody tr").first.click()
    chosen = resnet.locator("#graph .part.chosen")
    assert chosen.get_attribute("aria-label") == "Conv2d 3x3/2 p1, 512, conv2d · 2.36 M"
    box, view = chosen.bounding_box(), resnet.locator("#graph .canvas").bounding_box()
    assert box
    assert view
    assert view["y"] <= box["y"] <= box["y"] + box["height"] <= view["y"] + view["height"]


def test_columns_sort_and_the_search_counts(resnet: Page) -> None:
    resnet.get_by_role("button", name="Params", exact=True).click()
    assert resnet.locator("#layers tbody tr").count() == 175
    assert resnet.locator("#layers tbody tr td:nth-child(4)").first.inner_text() == "2,359,296"
    assert resnet.locator("th[aria-sort=descending]").inner_text().startswith("Params")
    resnet.locator("input[type=search]").fill("batchnorm")
    assert resnet.locator("#layers .status").inner_text() == "53 found"


def test_charts_tell_and_choose(resnet: Page) -> None:
    chart = resnet.locator("#charts figure svg").first
    box = chart.bounding_box()
    assert box
    resnet.mouse.move(box["x"] + box["width"] - 1, box["y"] + 40)
    assert resnet.locator("#tip").inner_text() == "linear: 2,049,000"
    resnet.mouse.click(box["x"] + box["width"] - 1, box["y"] + 40)
    assert resnet.locator("#layer-name").inner_text() == "linear"


def test_the_theme_turns(resnet: Page) -> None:
    assert resnet.evaluate("document.documentElement.dataset.theme") == "light"
    resnet.locator(".theme").click()
    assert resnet.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_fault_is_red_in_the_middle_and_told_with_its_lines(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["faulty"]) as page:
        fault = page.locator("#graph .part.fault")
        box, view = fault.bounding_box(), page.locator("#graph .canvas").bounding_box()
        assert box
        assert view
        assert abs((box["y"] + box["height"] / 2) - (view["y"] + view["height"] / 2)) < view["height"] / 3
        assert "Conv2D's window of 30 is larger" in page.locator("#findings").inner_text()
        page.get_by_role("button", name="Show the layer").click()
        assert page.locator("#layer .finding").inner_text().startswith("CS301")


@pytest.mark.parametrize("name", ["resnet50", "diff"])
def test_the_whole_graph_lies_within_its_picture(browser: Browser, pages: dict[str, Path], name: str) -> None:
    with opened(browser, pages[name]) as page:
        page.get_by_role("button", name="Open all blocks").click()
        outside = page.evaluate("""() => {
          const { x, y, width, height } = document.querySelector("#graph svg").viewBox.baseVal;
          const wrong = ({ x: left, y: top, width: wide, height: tall }) =>
            left < x || top < y || left + wide > x + width || top + tall > y + height;
          const root = document.querySelector("#graph svg").getCTM().inverse();
          return [...document.querySelectorAll("#graph .edge, #graph .body")].filter((each) => {
            const box = each.getBBox();
            const at = root.multiply(each.getCTM());
            return wrong({ x: box.x + at.e, y: box.y + at.f, width: box.width, height: box.height });
          }).length;
        }""")
        assert outside == 0


def test_hostile_names_are_text(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["hostile"]) as page:
        page.get_by_role("button", name="Open all blocks").click()
        for number in range(len(NAMES)):
            page.locator("#layers tr.layer").nth(number).click(position={"x": 30, "y": 8})
        assert page.title() == NAMES[0]
        assert page.locator("h1").inner_text() == NAMES[0]
        assert page.locator("img, iframe, object, a[href^=javascript]").count() == 0
        assert page.locator("script").count() == 9
        shown = page.locator("#graph svg").text_content() or ""
        assert all(name.rpartition("/")[2] in shown for name in NAMES if name.isprintable())


def test_a_thousand_layers_are_a_thousand_lines(browser: Browser, pages: dict[str, Path]) -> None:
    with opened(browser, pages["large"]) as page:
        assert page.locator("#layers tbody tr").count() == 1000
        assert page.locator("#graph .part").count() == 1002
        page.locator("#layers tbody tr").nth(700).click()
        assert page.locator("#layer-name").inner_text() == "a140"


def test_a_point_tells_its_variant_and_chooses_its_line_and_axes_can_be_others(
    browser: Browser, pages: dict[str, Path]
) -> None:
    with opened(browser, pages["search"]) as page:
        best = page.locator("circle.added")
        assert best.count() == page.locator("#layers tbody tr").count() > 3
        best.last.hover()
        assert page.locator("#tip").inner_text().startswith("alpha = 0.25, resolution = 96: MACs 7,")
        best.last.click()
        assert page.locator("circle.chosen").count() == 1
        assert page.locator("#layers tr[aria-selected=true]").count() == 1
        before = best.first.get_attribute("cx")
        page.get_by_label("across").select_option(label="peak memory")
        assert "MiB" in page.locator(".ends").inner_text()
        assert best.first.get_attribute("cx") != before
