import { cleanup } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

// What jsdom leaves out of a page.
class Still {
  observe() {}
  unobserve() {}
  disconnect() {}
}
vi.stubGlobal('ResizeObserver', Still);
vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {} }));
Element.prototype.scrollIntoView = () => {};
Element.prototype.scrollTo = () => {};
Object.defineProperty(HTMLElement.prototype, 'offsetHeight', { get: () => 600 });
Object.defineProperty(HTMLElement.prototype, 'offsetWidth', { get: () => 900 });

afterEach(() => {
  cleanup();
  localStorage.clear();
});
