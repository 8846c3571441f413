// Makes pages that already work a little kinder: keeps typing, renews claims, guards against sending twice, names chosen
// files. Everything it says comes from the page; without it nothing is missing but comfort.
"use strict";
(() => {
  const member = document.body.dataset.member || "0";
  const mine = `tenarai:${member}:`; // what is kept belongs to one person, on a computer that several may share
  const askJSON = { Accept: "application/json" };

  // Storage may be forbidden or full; then the server's copy is the only one.
  const kept = {
    get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    set(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
    keys() { try { return Object.keys(localStorage); } catch { return []; } },
  };

  const post = (address, body, more) => fetch(address, { method: "POST", body, headers: askJSON, redirect: "manual", ...more });

  // What is typed: every field but files, passwords and the form's own hidden ones.
  const typing = (form) => [...new FormData(form)].filter(([name, value]) => {
    const field = form.elements.namedItem(name);
    return typeof value === "string" && !(field && (field.type === "hidden" || field.type === "password"));
  });

  const restore = (form, pairs) => {
    const left = new Map();
    for (const [name, value] of pairs) left.set(name, [...(left.get(name) || []), value]);
    for (const field of form.elements) {
      if (!field.name || ["hidden", "password", "file", "submit", "button"].includes(field.type)) continue;
      const values = left.get(field.name);
      if (field.type === "radio" || field.type === "checkbox") field.checked = Boolean(values && values.includes(field.value));
      else if (values && values.length) field.value = values.shift();
    }
  };

  // Drafts: kept in the browser at once, on the server a moment later.
  const drafts = [...document.querySelectorAll("form[data-draft]")].map((form) => {
    const key = mine + form.dataset.draft;
    const status = form.querySelector(".draftstatus");
    const draft = { form, key, dirty: false, sent: false };
    const words = (name) => (status && status.dataset[name]) || "";
    const say = (text) => { if (status) status.textContent = text; };
    let timer = 0, retry = 0, running = false, typed = 0;

    draft.save = async (more) => {
      clearTimeout(timer);
      if (!draft.dirty || running || draft.sent) return;
      running = true;
      const at = typed;
      say(words("saving"));
      try {
        const body = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
        const answer = await post(form.dataset.draft, body, more);
        if (!answer.ok) throw new Error(String(answer.status));
        const { time } = await answer.json();
        if (at === typed) {
          draft.dirty = false;
          kept.drop(key);
        }
        say(words("saved").replace("{time}", time || ""));
      } catch {
        say(words("failed"));
        clearTimeout(retry);
        retry = setTimeout(draft.save, 30000);
      }
      running = false;
      if (draft.dirty && at !== typed) timer = setTimeout(draft.save, 1500);
    };

    form.addEventListener("input", () => {
      typed++;
      draft.dirty = true;
      kept.set(key, { at: Date.now(), typing: typing(form) });
      clearTimeout(timer);
      timer = setTimeout(draft.save, 1500);
    });

    const last = kept.get(key);
    const done = document.querySelector("[data-done]");
    if (last && done && last.sent) kept.drop(key); // it arrived: the page says so
    else if (last && JSON.stringify(last.typing) !== JSON.stringify(typing(form))) {
      restore(form, last.typing);
      draft.dirty = true;
      say(words("restored"));
      timer = setTimeout(draft.save, 1500);
    }
    return draft;
  });

  // A form that was sent from another page is done once any page of hers says so.
  if (document.querySelector("[data-done]")) {
    for (const key of kept.keys()) {
      if (key.startsWith(mine) && (kept.get(key) || {}).sent) kept.drop(key);
    }
  }

  const saveAll = (more) => drafts.forEach((draft) => draft.save(more));
  addEventListener("online", () => saveAll());
  document.addEventListener("visibilitychange", () => { if (document.hidden) saveAll({ keepalive: true }); });
  addEventListener("beforeunload", (event) => {
    if (drafts.some((draft) => draft.dirty && !draft.sent && !kept.get(draft.key))) event.preventDefault();
  });

  // Sending: once. The button is not disabled, for its value is part of what is sent.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (((event.submitter && event.submitter.formMethod) || form.method) !== "post" || event.defaultPrevented) return;
    if (form.dataset.sending) {
      event.preventDefault();
      return;
    }
    form.dataset.sending = "yes";
    if (event.submitter) event.submitter.setAttribute("aria-disabled", "true");
    setTimeout(() => ready(form), 10000);
    if ("logout" in form.dataset) kept.keys().filter((key) => key.startsWith("tenarai:")).forEach(kept.drop);
    const draft = drafts.find((one) => one.form === form);
    if (draft) {
      draft.sent = true;
      kept.set(draft.key, { at: Date.now(), sent: true, typing: typing(form) });
    }
  });
  const ready = (form) => {
    delete form.dataset.sending;
    form.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
    drafts.filter((draft) => draft.form === form).forEach((draft) => { draft.sent = false; });
  };
  addEventListener("pageshow", (event) => { if (event.persisted) document.querySelectorAll("form").forEach(ready); });

  // Claims: renewed every five minutes while somebody looks at the page.
  document.querySelectorAll("[data-renew]").forEach((mark) => {
    const timer = setInterval(async () => {
      if (document.hidden) return;
      try {
        const answer = await post(mark.dataset.renew, new URLSearchParams());
        if (answer.status === 409 || answer.status === 404) {
          clearInterval(timer);
          mark.textContent = mark.dataset.lost || "";
        }
      } catch { /* offline: the next try may do */ }
    }, 5 * 60 * 1000);
  });

  // What goes on elsewhere: that part of the page is fetched anew until it is done, and only that is announced.
  document.querySelectorAll("[data-again][data-part]").forEach((mark) => {
    let part = mark, misses = 0, timer = 0;
    const later = () => {
      clearTimeout(timer);
      if ("again" in part.dataset) timer = setTimeout(again, Number(part.dataset.again) * 1000 * 2 ** Math.min(misses, 5));
    };
    const status = (of) => of.querySelector("[role=status]");
    const again = async () => {
      if (document.hidden) return; // goes on when somebody looks
      try {
        const answer = await fetch(location.href, { redirect: "error", cache: "no-store" });
        if (!answer.ok) throw new Error(String(answer.status));
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        show(document.adoptNode(page.querySelector(`[data-part="${part.dataset.part}"]`)));
        misses = 0;
      } catch { misses++; }
      later();
    };
    const show = (fresh) => {
      const focused = part.contains(document.activeElement);
      const said = status(fresh);
      if (said && "again" in fresh.dataset) said.removeAttribute("role");
      else if (said) { // it is read out when words come into it, not when it comes with them
        const words = [...said.childNodes];
        said.replaceChildren();
        setTimeout(() => said.replaceChildren(...words), 100);
      }
      part.replaceWith(fresh);
      part = fresh;
      if (!focused) return;
      part.tabIndex = -1;
      part.focus();
    };
    if (status(part)) status(part).removeAttribute("role");
    document.addEventListener("visibilitychange", later);
    later();
  });

  // Files: say what was chosen, with sizes, for a phone shows only "3 files".
  document.querySelectorAll("input[type=file][data-files]").forEach((input) => {
    const list = document.createElement("ul");
    list.className = "quiet";
    list.setAttribute("aria-label", input.dataset.files);
    list.hidden = true;
    input.after(list);
    input.addEventListener("change", () => {
      list.replaceChildren(...[...input.files].map((file) => {
        const item = document.createElement("li");
        const size = file.size < 999500 ? `${Math.round(file.size / 1000)} KB` : `${(file.size / 1e6).toFixed(1)} MB`;
        item.textContent = `${file.name} (${size})`;
        return item;
      }));
      list.hidden = !input.files.length;
    });
  });

  // The menu closes by Escape and by a click beside it.
  document.querySelectorAll("details[data-menu]").forEach((menu) => {
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  // After a refused form, reading begins at what is to be mended.
  const summary = document.querySelector("[data-focus]");
  if (summary) summary.focus();
})();
