import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

// What is awaited is an event; how long a busy machine takes to it is no part of any test.
configure({ asyncUtilTimeout: 10_000 });

// What jsdom leaves out of a page.
class Still {
  observe() {}
  unobserve() {}
  disconnect() {}
}
vi.stubGlobal('ResizeObserver', Still);
vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {}, addListener: () => {}, removeListener: () => {} }));
HTMLCanvasElement.prototype.getContext = () => null;
Element.prototype.scrollIntoView = () => {};
Element.prototype.scrollTo = () => {};
Object.defineProperty(HTMLElement.prototype, 'offsetHeight', { get: () => 600 });
Object.defineProperty(HTMLElement.prototype, 'offsetWidth', { get: () => 900 });
Object.defineProperty(HTMLElement.prototype, 'clientHeight', { get: () => 600 });
Object.defineProperty(HTMLElement.prototype, 'clientWidth', { get: () => 900 });

afterEach(() => {
  cleanup();
  localStorage.clear();
});
