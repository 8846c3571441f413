// Makes the mentor's bench quicker: the rule's result at every mark, fixes from the bank, n after sending. Words come from the page.
"use strict";
(() => {
  const form = document.querySelector("form[data-rule]");
  if (form) {
    const now = form.querySelector("[data-now]");
    const say = now.dataset;
    const fill = (text, values) => text.replace(/\{(\w+)\}/g, (hole, name) => (name in values ? values[name] : hole));

    // The rule of practice.Judge.
    const judge = () => {
      const reasons = [], rows = [...form.querySelectorAll("[data-row]")], min = Number(form.dataset.min), most = 3 * rows.length;
      let total = 0, count = 0;
      for (const row of rows) {
        const chosen = row.querySelector("input[type=radio]:checked");
        if (!chosen) { count++; continue; }
        const mark = Number(chosen.value), values = { title: row.dataset.title, mark };
        total += mark;
        if ("star" in row.dataset && mark < 2) reasons.push(fill(say.star, values));
        else if ("nozero" in form.dataset && mark === 0) reasons.push(fill(say.zero, values));
      }
      if (count) return [fill(say.unmarked, { count })];
      if (total * 100 < min * most) reasons.push(fill(say.little, { percent: Math.floor(total * 100 / most), min }));
      return [reasons.length ? say.return : say.pass, ...reasons];
    };
    const show = () => now.replaceChildren(...judge().flatMap((text, i) => {
      const part = document.createElement(i ? "span" : "b");
      part.textContent = text;
      return [part, " "];
    }));
    form.addEventListener("change", (event) => { if (event.target.type === "radio") show(); });
    const check = form.querySelector("[data-check]");
    if (check) check.hidden = true;
    setTimeout(show); // what was kept in the browser is put back by then

    form.querySelectorAll("button[name=bank]").forEach((button) => button.addEventListener("click", (event) => {
      const at = button.value.indexOf(" "), text = button.value.slice(at + 1);
      const places = [...form.querySelectorAll("textarea[name^='fix.'][name$='.text']")];
      const free = places.find((place) => place.value.trim() === text) || places.find((place) => !place.value.trim());
      event.preventDefault();
      if (!free) { places[places.length - 1].focus(); return; }
      free.value = text;
      form.elements.namedItem(free.name.replace("text", "row")).value = button.value.slice(0, at);
      const folded = free.closest("details");
      if (folded) folded.open = true;
      free.dispatchEvent(new Event("input", { bubbles: true }));
      free.focus();
    }));
  }

  // After sending, the next piece is one key away: n, on the link alone (WCAG 2.1.4).
  const next = document.querySelector("a[data-next]");
  if (next && document.body.hasAttribute("data-done")) {
    next.addEventListener("keydown", (event) => {
      if (event.key === "n" && !event.ctrlKey && !event.metaKey && !event.altKey) next.click();
    });
    next.focus();
  }
})();
