// What test_report_page.py asks of a page that is open in a browser.

function all(selector, inside) {
    return Array.from((inside || document).querySelectorAll(selector));
}

function shown(element) {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && getComputedStyle(element).visibility === "visible";
}

function describe(element) {
    return element.tagName + "." + (element.getAttribute("class") || "") + ": " +
        element.textContent.slice(0, 40);
}

// Elements that a log has no business to make, and attributes that would run or fetch something.
function intruders() {
    const elements = all("script, img, iframe, object, embed, form, body link, body style");
    const attributes = all("*").filter((e) => Array.from(e.attributes).some(
        (a) => /^on|^style$|^src$/.test(a.name)));
    return elements.concat(attributes).map(describe);
}

// Elements that reach over the edge of the screen, and tables that have to be scrolled; the figures
// of a time line, which is folded away, may.
function tooWide() {
    const width = document.documentElement.clientWidth;
    const found = all("body *").filter((e) => shown(e) && !e.closest(".figures") &&
        (e.getBoundingClientRect().right > width + 1 ||
            e.matches(".table") && e.scrollWidth > e.clientWidth));
    const scrolls = document.documentElement.scrollWidth > width;
    return found.map(describe).concat(scrolls ? ["the page scrolls sideways"] : []);
}

function rgba(colour) {
    const parts = colour.match(/[\d.]+/g).map(Number);
    return parts.length > 3 ? parts : parts.concat(1);
}

// WCAG 2.1, "relative luminance" and "contrast ratio".
function luminance(colour) {
    const [r, g, b] = rgba(colour).slice(0, 3).map((v) => v / 255).map(
        (v) => v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b) {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
}

function backgroundOf(element) {
    for (let e = element; e; e = e.parentElement) {
        const colour = getComputedStyle(e).backgroundColor;
        if (rgba(colour)[3] > 0)
            return colour;
    }
    return "rgb(255, 255, 255)";
}

function pageColour() {
    return luminance(getComputedStyle(document.body).backgroundColor);
}

// Every piece of text that is seen: its contrast with what lies under it, and its size. The squares
// of a legend are no text.
function texts() {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        const style = getComputedStyle(element);
        const text = walker.currentNode.textContent.trim();
        const drawn = element.namespaceURI.endsWith("/svg");
        if (text === "" || text === "\u25A0" || !shown(element) || element.closest("title, desc"))
            continue;
        found.push({
            text: text.slice(0, 40),
            contrast: contrast(drawn ? style.fill : style.color, backgroundOf(element)),
            size: parseFloat(style.fontSize),
        });
    }
    return found;
}

function overlap(a, b) {
    const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
    return p.left < q.right && q.left < p.right && p.top < q.bottom - 2 && q.top < p.bottom - 2;
}

function overlaps(labels) {
    const found = [];
    labels.forEach((a, i) => labels.slice(i + 1).forEach((b) => {
        if (overlap(a, b))
            found.push(a.textContent + " / " + b.textContent);
    }));
    return found;
}

function charts() {
    return all("svg.timeline").map((chart) => {
        const frame = chart.getBoundingClientRect();
        const bars = all("svg rect", chart).map((bar) => bar.getBoundingClientRect());
        return {
            name: chart.querySelector("title").textContent,
            more: chart.querySelector("desc").textContent,
            bars: bars.filter((b) => b.height > 0 && b.width > 0).length,
            outside: bars.filter((b) => b.left < frame.left - 1 || b.right > frame.right + 1 ||
                b.top < frame.top - 1 || b.bottom > frame.bottom + 1).length,
            marks: all("line.mark", chart).length,
            overlaps: overlaps(all("text", chart).filter(shown)),
            rows: all("tbody tr", chart.nextElementSibling).length,
        };
    });
}

function heading() {
    return document.querySelector("h1").textContent;
}

function fuses() {
    return all("article.fuse").length;
}
