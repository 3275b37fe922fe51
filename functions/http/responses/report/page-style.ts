/** The page's only style: light or dark like the reader's system, always light in print. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --ink: #1b1f27; --muted: #667080; --line: #e3e6eb;
  --accent: #3b6fe0; --good: #14804a; --bad: #c0352b;
  --c1: #3b6fe0; --c2: #e08a2e; --c3: #2a9d8f; --c4: #9b5de5; --c5: #d1495b; --c6: #6b7280; }
@media (prefers-color-scheme: dark) { :root { --ground: #12151b; --card: #1b2029; --ink: #e8ebf0; --muted: #97a1b2; --line: #2d3440;
  --accent: #6f9bff; --good: #4cc38a; --bad: #ff7b70;
  --c1: #6f9bff; --c2: #f2a65a; --c3: #4fc4b5; --c4: #bb91f2; --c5: #f0768b; --c6: #9aa3b2; } }
@media print { :root { color-scheme: light; --ground: #fff; --card: #fff; --ink: #000; --muted: #555; --line: #ddd;
  --accent: #3b6fe0; --good: #14804a; --bad: #c0352b;
  --c1: #3b6fe0; --c2: #e08a2e; --c3: #2a9d8f; --c4: #9b5de5; --c5: #d1495b; --c6: #6b7280; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } .card, figure, tr { break-inside: avoid; } h2 { break-after: avoid; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1020px; margin: 0 auto; padding: 36px 20px 48px; }
header p, h2 + p { margin: 0; color: var(--muted); }
h1 { margin: 0 0 2px; font-size: 27px; letter-spacing: -0.01em; }
h2 { margin: 36px 0 2px; font-size: 18px; }
h2 + p { margin-bottom: 12px; font-size: 13.5px; }
h2 + .tiles, h2 + .grid, h2 + .card { margin-top: 12px; }
.eyebrow { text-transform: uppercase; letter-spacing: 0.08em; font-size: 12px; font-weight: 600; }
.note { display: inline-block; margin-top: 10px; padding: 3px 10px; border-radius: 6px; border: 1px solid var(--c2); font-size: 13px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(128px, 1fr)); gap: 10px; margin-top: 22px; }
.card, figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tile { padding: 12px 14px; }
.tile b { display: block; font-size: 24px; line-height: 1.3; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.tile .name { color: var(--muted); font-size: 13px; }
.change { font-size: 12.5px; color: var(--muted); white-space: nowrap; }
.tile .change { white-space: normal; display: block; line-height: 1.35; }
.up-good { color: var(--good); } .up-bad { color: var(--bad); }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 12px; }
figure { margin: 0; padding: 12px 14px 8px; }
figcaption { font-size: 13.5px; font-weight: 600; margin-bottom: 4px; }
figure svg { display: block; width: 100%; height: auto; }
.key { margin-left: 12px; font-weight: 400; color: var(--muted); font-size: 12px; }
.key i { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 5px; }
.card.table { overflow-x: auto; padding: 4px 16px 8px; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: 7px 10px 7px 0; text-align: right; border-top: 1px solid var(--line); white-space: nowrap; vertical-align: top; }
thead th { border-top: 0; color: var(--muted); font-weight: 500; font-size: 12.5px; }
th:first-child, td:first-child, th.words, td.words { text-align: left; } td:first-child { font-weight: 600; } td:last-child, th:last-child { padding-right: 0; }
h3 { margin: 0; padding: 12px 0 4px; font-size: 13.5px; }
ol { list-style: none; margin: 0; padding: 0 0 6px; counter-reset: place; }
ol li { display: grid; grid-template-columns: minmax(0, 1fr) auto; column-gap: 10px; padding: 4px 0; font-size: 14px; }
ol .user { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
ol .plan { color: var(--muted); font-size: 12px; margin-left: 7px; }
ol .bar { grid-column: 1 / -1; height: 4px; border-radius: 2px; background: var(--line); margin-top: 3px; }
ol .bar i { display: block; height: 100%; border-radius: 2px; background: var(--accent); }
.level { display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-right: 8px; background: var(--c6); }
.level.warning { background: var(--c2); } .level.critical, .level.exhausted { background: var(--bad); }
.level.anomaly { background: var(--c4); } .level.forecast { background: var(--c3); }
.none { color: var(--muted); margin: 10px 0 8px; }
footer { margin-top: 34px; padding-top: 12px; border-top: 1px solid var(--line); color: var(--muted); font-size: 12.5px; }
`;
