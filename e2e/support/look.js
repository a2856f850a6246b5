// What people see of a page, as measured in it: where the focus goes, colours, sizes, what is cut off.

/** Lets the page measure contrasts: `measures.contrast(colour, other)`, and the colour that stands behind an element. */
export async function giveMeasures(page) {
  await page.evaluate(() => {
    const parse = (colour) => {
      const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
      if (!/^rgba?\(/.test(colour)) throw new Error(`a colour of another kind: ${colour}`);
      return { red, green, blue, alpha };
    };
    const channel = (value) => (value <= 10.31475 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    const over = (colour, behind) => {
      const [front, back] = [parse(colour), parse(behind)];
      const mixed = (channel) => front[channel] * front.alpha + back[channel] * (1 - front.alpha);
      return { red: mixed('red'), green: mixed('green'), blue: mixed('blue') };
    };
    const luminance = ({ red, green, blue }) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
    const isSolid = (colour) => parse(colour).alpha === 1;
    window.measures = {
      /** WCAG's contrast ratio of a colour, which may be seen through, and the one behind it. */
      contrast(one, behind) {
        const [dark, light] = [luminance(over(one, behind)), luminance(parse(behind))].sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
      },
      /** What is behind the element. */
      backdrop(element) {
        for (let behind = element.parentElement; behind; behind = behind.parentElement) {
          const { backgroundColor } = getComputedStyle(behind);
          if (isSolid(backgroundColor)) return backgroundColor;
        }
        return 'rgb(255, 255, 255)';
      },
    };
  });
}

/**
 * Goes through the page with Tab, as a keyboard does, from its first stop to its last; inside the dialog where one is
 * open. Answers what each stop looks like while it has the focus.
 */
export async function tabStops(page) {
  await giveMeasures(page);
  await page.evaluate(() => {
    document.querySelectorAll('[data-stop]').forEach((element) => element.removeAttribute('data-stop'));
    const start = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.body;
    start.tabIndex = -1;
    start.focus({ preventScroll: true });
    start.removeAttribute('tabindex');
  });
  const stops = [];
  for (;;) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body || element.hasAttribute('data-stop')) return null;
      element.setAttribute('data-stop', '');
      const { left, top, width, height } = element.getClientRects()[0];
      const at = document.elementFromPoint(left + width / 2, top + height / 2);
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
      const whole = element.getBoundingClientRect();
      const { scrollX, scrollY } = window;
      const backdrop = window.measures.backdrop(element);
      return {
        name: `${element.localName} "${(element.innerText || element.name || '').trim()}"`,
        isSeen: element === at || element.contains(at),
        outline: { style: outlineStyle, width: Number.parseFloat(outlineWidth), contrast: window.measures.contrast(outlineColor, backdrop) },
        top: whole.top + scrollY,
        bottom: whole.bottom + scrollY,
        left: whole.left + scrollX,
        right: whole.right + scrollX,
      };
    });
    if (!stop) return stops;
    stops.push(stop);
  }
}

/** What can be pressed, ticked or typed into, with its size and its edge. */
export async function controls(page) {
  await giveMeasures(page);
  return page.evaluate(() => {
    const root = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document;
    return [...root.querySelectorAll('a[href], button, input, select, textarea, summary')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.matches('.skip'))
      .map((element) => {
        const { width, height } = element.getBoundingClientRect();
        const style = getComputedStyle(element);
        const backdrop = window.measures.backdrop(element);
        const parts = [style.borderTopColor, style.backgroundColor];
        return {
          name: `${element.localName} "${(element.innerText || element.name || '').trim()}"`,
          isButton: element.matches('button, a.button'),
          isInput: element.matches('input:not([type=checkbox])'),
          isTick: element.matches('[type=checkbox]'),
          width,
          height,
          border: { style: style.borderTopStyle, width: Number.parseFloat(style.borderTopWidth) },
          isUnderlined: style.textDecorationLine.includes('underline'),
          /** Of the edge or the ground, whichever can be told better from what is around. */
          contrast: Math.max(...parts.map((colour) => window.measures.contrast(colour, backdrop))),
        };
      });
  });
}

/** The elements whose content is cut off; what is typed into a field moves in it. */
export function clipped(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('body *')]
      .filter((element) => element.checkVisibility() && !element.closest('.visually-hidden, .skip, svg, input'))
      .filter((element) => {
        const { overflowX, overflowY } = getComputedStyle(element);
        return (
          (/hidden|clip/.test(overflowY) && element.scrollHeight > element.clientHeight + 1) ||
          (/hidden|clip/.test(overflowX) && element.scrollWidth > element.clientWidth + 1)
        );
      })
      .map((element) => element.outerHTML.slice(0, 160)),
  );
}

/** The controls that cannot be brought into the window as a whole, or have nowhere to press there. */
export function outOfReach(page) {
  return page.evaluate(() => {
    const root = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document;
    return [...root.querySelectorAll('a[href], button, input, summary')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.matches('.skip'))
      .filter((element) => {
        element.scrollIntoView({ block: 'center', behavior: 'instant' });
        const { left, top, width, height } = element.getClientRects()[0];
        const isFree = [0.25, 0.5, 0.75].some((part) => {
          const at = document.elementFromPoint(left + width * part, top + height / 2);
          return element === at || element.contains(at);
        });
        return left < 0 || left + width > window.innerWidth + 1 || !isFree;
      })
      .map((element) => element.outerHTML.slice(0, 160));
  });
}

/** What can be used in the page, and the words that are seen on each or label it. */
export function words(page) {
  return page.evaluate(() => {
    const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.visually-hidden, [hidden]');
    const seenText = (root) => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      let text = '';
      while (walker.nextNode()) {
        if (isSeen(walker.currentNode.parentElement)) text += walker.currentNode.data;
      }
      return text.replace(/\s+/g, ' ').trim();
    };
    const root = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document;
    return [...root.querySelectorAll('a[href], button, input, select, textarea, summary')].flatMap((element, at) => {
      if (!isSeen(element) || element.matches('.skip')) return [];
      element.setAttribute('data-control', at);
      const labels = element.matches('input, select, textarea') ? [...element.labels].filter(isSeen) : [element];
      return [{ at, html: element.outerHTML.slice(0, 120), seen: labels.map(seenText).join(' ') }];
    });
  });
}
