/** Until everybody imports words.js. */
export * from './words.js';
