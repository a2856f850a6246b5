// Prints what Lighthouse says of our pages: for each number the median of some runs.
//
// Usage: node measure/lighthouse.js [RUNS]

import process from 'node:process';
import { Inspector, PAGES } from '../support/lighthouse.js';
import { Server } from '../support/server.js';
import { kilobytes, median, milliseconds, printTable } from './numbers.js';

const GOALS = { performance: 0.98, accessibility: 1, bestPractices: 1 };

const runs = Number(process.argv[2] ?? 3);
const server = await Server.start();
const inspector = await Inspector.start(server.url);
const rows = [['page', 'performance', 'accessibility', 'best practices', 'largest paint', 'layout shift', 'transferred', 'app-ready']];
const short = [];
const complaints = new Set();
const machine = [];
try {
  for (const page of PAGES) {
    console.log(`    ${page.path}`);
    const seen = [];
    for (let run = 0; run < runs; run += 1) {
      seen.push(await inspector.look(page));
    }
    const of = (name) => median(seen.map((one) => one[name]));
    rows.push([
      page.path,
      of('performance').toFixed(2),
      of('accessibility').toFixed(2),
      of('bestPractices').toFixed(2),
      milliseconds(of('largestPaint')),
      of('shift').toFixed(3),
      kilobytes(of('bytes')),
      milliseconds(of('ready')),
    ]);
    short.push(...Object.keys(GOALS).filter((name) => of(name) < GOALS[name]).map((name) => `${name} of ${page.path}`));
    machine.push(...seen.map((one) => one.machine));
    seen.flatMap((one) => one.complaints).forEach((complaint) => complaints.add(`${page.path}: ${complaint}`));
  }
} finally {
  await inspector.stop();
  await server.stop();
}

console.log();
printTable(rows);
console.log(`Lighthouse's phone (simulated slow 4G, a slower processor), the medians of ${runs} runs; app-ready is this machine's own.`);
console.log(`Lighthouse's index of this machine meanwhile: ${median(machine)}. Below 1000 it is too slow or too busy for the performance to count.`);
console.log(`Goals: performance ${GOALS.performance}, accessibility ${GOALS.accessibility}, best practices ${GOALS.bestPractices}.`);
console.log(short.length ? `Below the goal: ${short.join(', ')}.` : 'All goals are reached.');
for (const complaint of complaints) console.log(complaint);
