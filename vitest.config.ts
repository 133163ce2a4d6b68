import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/unit/**/*.test.ts'],
    // A test of the DOM asks for happy-dom in its first line.
    environment: 'node',
  },
});
