/** @param {string} id */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * Creates an element. Strings become text, never HTML.
 *
 * @param {string} tag
 * @param {string | undefined} className
 * @param {(Node | string)[]} children
 */
export function create(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** @param {string} text @param {string} href */
export function createLink(text, href) {
  const link = create('a', undefined, text);
  link.setAttribute('href', href);
  return link;
}

/** @param {string} name of a service: its label, in its color */
export function createServiceLabel(name) {
  return create('span', `service ${name}`, name);
}
