// Genkit's client for JavaScript, for one call: node js_client.mjs '{"url": …, "input": …, "stream": …, …}'
// It prints {"chunks": […], "output": …} or {"chunks": […], "error": …}, after each chunk a line with it on stderr.
// With "leave" it aborts when that many chunks have come; with "streamId" it follows a stream that is stored.
import { runFlow, streamFlow } from 'genkit/beta/client';

const { url, input, headers, stream, leave, streamId } = JSON.parse(process.argv[2]);
// The client rejects a promise that nobody has when an error comes together with a chunk; the stream tells it too.
process.on('unhandledRejection', () => {});
const abort = new AbortController();
const told = { chunks: [] };

try {
  const request = { url, input, headers, abortSignal: abort.signal };
  if (stream) {
    const running = streamFlow({ ...request, streamId });
    running.output.catch(() => {});
    running.streamId.then((id) => (told.streamId = id));
    for await (const chunk of running.stream) {
      told.chunks.push(chunk);
      console.error(JSON.stringify(chunk));
      if (told.chunks.length === leave) abort.abort();
    }
    told.output = await running.output;
  } else {
    if (leave === 0) setTimeout(() => abort.abort(), 300);
    told.output = await runFlow(request);
  }
} catch (error) {
  told.error = error.message;
}
console.log(JSON.stringify(told));
