//! What a page is asked by scripts in the browser.

/// What no page may show, at the width that is set: gives its faults, its links and its weight on the wire.
pub(super) const LOOK: &str = r"
    const [language, width] = arguments;
    const faults = [];
    // Words: no key in place of a text, no other language but where the page says that it is one.
    const key = /(^|[\s(“])(web|retail|staff|reference|refusal)-[a-z]+(-[a-z0-9_]+)*(\.[a-z-]+)?(?=$|[\s.,)”])/;
    const check = (text, element, isAttribute) => {
        if (key.test(text)) faults.push(`a key instead of a text: ${text.trim().slice(0, 80)}`);
        if (/\{\s*\$|\{\s*-|\u2068|\u2069/.test(text)) faults.push(`a text that was not filled in: ${text.trim().slice(0, 80)}`);
        // An attribute cannot say that a part of it, such as a person's word, is in another language.
        if (isAttribute) return;
        const lang = element.closest('[lang]')?.getAttribute('lang') || '';
        if (language === 'en' && /\p{Script=Han}/u.test(text) && !lang.startsWith('zh'))
            faults.push(`Chinese on an English page: ${text.trim().slice(0, 60)}`);
        if (language === 'zh' && /[A-Za-z]{2,}(\s+[A-Za-z]{2,}){2,}/.test(text) && !lang.startsWith('en'))
            faults.push(`English on a Chinese page: ${text.trim().slice(0, 60)}`);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement;
        if (element.closest('pre, code, script, style, textarea, [aria-hidden=true]') || !node.data.trim()) continue;
        check(node.data, element);
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]'))
        for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
            if (element.getAttribute(name)) check(element.getAttribute(name), element, true);
    check(document.title, document.documentElement, true);
    // Nothing beyond the right edge, but in what scrolls by itself.
    if (document.documentElement.scrollWidth > width)
        for (const element of [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > width + 1).slice(0, 4))
            faults.push(`beyond the right edge of ${width}: ${element.outerHTML.slice(0, 90).replace(/\s+/g, ' ')}`);
    // Nothing from elsewhere.
    const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    for (const entry of entries)
        if (new URL(entry.name, location.href).origin !== location.origin) faults.push(`loaded from elsewhere: ${entry.name}`);
    for (const element of document.querySelectorAll('script[src], img[src], link[href]:not([rel=canonical])')) {
        const url = element.src || element.href;
        if (new URL(url, location.href).origin !== location.origin) faults.push(`needs another host: ${url}`);
    }
    for (const picture of document.querySelectorAll('img'))
        if (picture.complete && picture.naturalWidth === 0) faults.push(`a picture that is not there: ${picture.src}`);
    const weight = entries.reduce((sum, entry) => sum + (entry.encodedBodySize || 0), 0);
    if (weight > 100 * 1024) faults.push(`${weight} bytes on the wire`);
    const links = [...document.querySelectorAll('a[href]:not([download])')].map(a => new URL(a.href))
        .filter(url => url.origin === location.origin && !url.pathname.startsWith('/assets/'))
        .map(url => url.pathname + url.search);
    return { faults, links, weight };
";

/// The rules of WCAG 2.2 AA that a program can check; with `true`, those about colours alone.
pub(super) const AXE: &str = r"
    const [colours] = arguments;
    const runOnly = colours ? { type: 'rule', values: ['color-contrast'] }
        : { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
    return axe.run(document, { runOnly, resultTypes: ['violations'] }).then(result => result.violations.flatMap(rule =>
        rule.nodes.slice(0, 4).map(node => `axe ${rule.id}: ${node.target.join(' ')} ${node.html.slice(0, 110)} ` +
            node.any.concat(node.all, node.none).map(one => one.message).join('; ').slice(0, 200))));
";

/// Makes a page wrong in every way that the crawler looks for.
pub(super) const SPOIL: &str = r"
    const add = (name, change) => { const e = document.createElement(name); change(e); document.querySelector('main').append(e); };
    add('p', e => { e.textContent = 'faint'; e.style.setProperty('color', '#cccccc'); e.style.setProperty('background-color', '#fff'); });
    add('p', e => { e.textContent = 'See retail-help-nothing for more'; });
    add('p', e => { e.textContent = 'You have { $count } left'; });
    add('p', e => { e.textContent = '余额'; });
    add('img', e => { e.src = 'http://127.0.0.2:9/elsewhere.png'; });
    add('div', e => { e.style.setProperty('width', '500px'); e.style.setProperty('height', '10px'); });
";

/// Fills fields by their names and sends the form that has them all and leads to this end of an address; gives whether
/// there was one.
pub(super) const SEND: &str = r"
    const [fields, end] = arguments;
    const names = Object.keys(fields);
    const form = [...document.forms].find(form => names.every(name => form.elements[name]) &&
        new URL(form.action).pathname.endsWith(end));
    if (!form) return false;
    for (const name of names) {
        const field = form.elements[name];
        if (field.type === 'checkbox') field.checked = fields[name] === 'on'; else field.value = fields[name];
    }
    form.setAttribute('data-sent', '1');
    document.documentElement.setAttribute('data-old', '1');
    form.requestSubmit();
    return true;
";

/// Whether the page that follows a sent form is there.
pub(super) const ARRIVED: &str =
    "return document.readyState === 'complete' && !document.documentElement.hasAttribute('data-old')";
