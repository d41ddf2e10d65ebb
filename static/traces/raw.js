// Raw JSON: everything about the run, to read and to keep.

import { h } from "../web/dom.js";
import { pre } from "./parts.js";

const SHOWN_CHARS = 200_000;

export function rawTab(data) {
  const text = JSON.stringify(data, null, 2);
  const save = () => {
    const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    const anchor = h("a", { href: url, download: `run-${data.run.id}.json` });
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };
  return h("div", { class: "ezr-stack" },
    h("p", { class: "ezr-row" }, h("button", { type: "button", class: "ezr-button", onclick: save }, "Download JSON"),
      h("span", { class: "ezr-soft" }, `${(text.length / 1024).toFixed(0)} kB`)),
    pre(text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}\n… the rest is in the download` : text));
}
