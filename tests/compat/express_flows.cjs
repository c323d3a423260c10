// Flows of Genkit for JavaScript on Express, as @genkit-ai/express serves them; fastapi_flows.py has the same ones.
// It prints its port, and a line when the flow `wait` has been cancelled.
const express = require('express');
const { apiKey } = require('genkit/context');
const { expressHandler } = require('@genkit-ai/express');
const { genkit, UserFacingError, z } = require('genkit');

const ai = genkit({});
const person = z.object({ name: z.string(), age: z.number() });

const flows = {
  older: ai.defineFlow({ name: 'older', inputSchema: person, outputSchema: person }, async ({ name, age }) => ({
    name,
    age: age + 1,
  })),
  count: ai.defineFlow({ name: 'count', inputSchema: z.number() }, async (count, { sendChunk }) => {
    for (let number = 0; number < count; number++) sendChunk(number);
    return 'end';
  }),
  nothing: ai.defineFlow({ name: 'nothing' }, async () => {}),
  fail: ai.defineFlow({ name: 'fail', inputSchema: z.number() }, async (count, { sendChunk }) => {
    for (let number = 0; number < count; number++) sendChunk(number);
    throw new UserFacingError('FAILED_PRECONDITION', 'čeká se', { on: 'you' });
  }),
};

const app = express();
app.use(express.json({ limit: '10mb' }));
for (const [name, flow] of Object.entries(flows)) app.post(`/${name}`, expressHandler(flow));
app.post('/guarded', expressHandler(flows.older, { contextProvider: apiKey('key') }));
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
