// Goal: the page as static files that the node serves at `/`. Everything is a file of its own (no inline script, style or data address),
// as the content security policy asks. `npx vite dashboards/chat` serves the sources against a node on port 8080.
const node = 'http://127.0.0.1:8080';

export default {
  build: { outDir: '../../dist/dashboards/chat', emptyOutDir: true, assetsInlineLimit: 0, target: 'es2023' },
  server: { proxy: { '/v1': { target: node, ws: true } } },
};
