// The flows of `serve` in Genkit for JavaScript, on Express; benchmarks/serve_app.py has the same ones in genkit_trio.
// node express_server.cjs PORT NOTES
const fs = require('fs');
const { setTimeout: sleep } = require('timers/promises');
const express = require('express');
const { expressHandler } = require('@genkit-ai/express');
const { genkit, z } = require('genkit');

const [port, notes] = process.argv.slice(2).map(Number);
const ai = genkit({});
const order = z.object({ id: z.number(), customer: z.string(), tags: z.array(z.string()), total: z.number() });
const pace = z.object({ count: z.number(), pause: z.number() });

const aborted = (signal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true }));

const flows = {
  book: ai.defineFlow({ name: 'book', inputSchema: order, outputSchema: order }, async (input) => input),
  burst: ai.defineFlow({ name: 'burst', inputSchema: z.number() }, async (count, { sendChunk }) => {
    for (let number = 0; number < count; number++) sendChunk(number);
    return 'end';
  }),
  yielding: ai.defineFlow({ name: 'yielding', inputSchema: z.number() }, async (count, { sendChunk }) => {
    for (let number = 0; number < count; number++) {
      sendChunk(number);
      await new Promise(setImmediate);
    }
    return 'end';
  }),
  paced: ai.defineFlow({ name: 'paced', inputSchema: pace }, async ({ count, pause }, { sendChunk }) => {
    for (let number = 0; number < count; number++) {
      sendChunk(number);
      await sleep(pause * 1000);
    }
    return 'end';
  }),
  idle: ai.defineFlow({ name: 'idle', inputSchema: z.number() }, async (number, { sendChunk, abortSignal }) => {
    sendChunk(number);
    await aborted(abortSignal);
  }),
  hold: ai.defineFlow({ name: 'hold', inputSchema: z.number() }, async (number, { sendChunk, abortSignal }) => {
    sendChunk(number);
    try {
      await aborted(abortSignal);
    } finally {
      fs.writeSync(notes, `${process.hrtime.bigint()}\n`);
    }
  }),
};

const app = express();
app.use(express.json());
for (const [name, flow] of Object.entries(flows)) app.post(`/${name}`, expressHandler(flow));
app.listen(port, '127.0.0.1');
