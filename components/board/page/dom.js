// Elements, without a word of markup: what comes from others is text.

/**
 * An element: `h("button", { type: "button", onclick }, "Ask")`. What begins with `on` is a listener, `true` an attribute without a
 * value, and what is null, undefined or false is left out, children as well.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** The element of this id, which stands in the page. */
export function byId(id) {
  return document.getElementById(id);
}

/** Says something to those who don't see it appear. */
export function announce(text) {
  byId("announcement").textContent = text;
}

/**
 * Makes the children of `parent` those of `entries`, `{key, sign, make}` each: who has the same key and sign stays as it is, so that
 * neither focus nor time is lost; another sign has it made anew. `kept` is a Map that the caller keeps for this parent.
 */
export function reconcile(parent, kept, entries) {
  const focus = focused(parent);
  const keys = new Set(entries.map(({ key }) => key));
  for (const [key, { element }] of kept) {
    if (keys.has(key)) continue;
    element.remove();
    kept.delete(key);
  }
  let place = parent.firstElementChild;
  for (const { key, sign, make } of entries) {
    const before = kept.get(key);
    let element = before?.element;
    if (before?.sign !== sign) {
      element = make();
      element.dataset.key = key;
      if (before?.element === place) place = place.nextElementSibling;
      before?.element.remove();
      kept.set(key, { sign, element });
    }
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  restore(parent, kept, focus);
}

/** Which button of which child has the focus. */
function focused(parent) {
  const active = document.activeElement;
  if (!parent.contains(active)) return null;
  const child = active.closest("[data-key]");
  return { key: child.dataset.key, place: [...parent.children].indexOf(child), action: active.dataset.action };
}

/** Gives the focus back to the same button of the same child. If that is gone, the one in its place has it and no button of it, so
 * that a key that is pressed once too often does nothing to something else. */
function restore(parent, kept, focus) {
  if (focus === null || parent.contains(document.activeElement)) return;
  const child = kept.get(focus.key)?.element;
  const button = [...(child?.querySelectorAll("button") ?? [])].find(({ dataset }) => dataset.action === focus.action);
  const next = button ?? child ?? parent.children[Math.min(focus.place, parent.children.length - 1)] ?? byId("everything");
  if (next !== button) next.tabIndex = -1;
  next.focus({ preventScroll: true });
}
