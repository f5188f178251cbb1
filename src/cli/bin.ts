/** The process around the command line; started by `bin/cellc.js`. */
import { exit } from "./io.js";
import { main } from "./main.js";

const readStdin = async (): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
};

/** Nobody is there to read, or there is no room. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // `cellc explain … | head` closes the pipe early: that is no fault.
  if (error.code === "EPIPE") process.exit(exit.fine);
  process.stderr.write(`error: cannot write the output: ${error.message}\n`);
  process.exit(exit.call);
});
// What is lost there cannot be told; the exit code says what matters.
process.stderr.on("error", () => undefined);

// The code is set, not forced, so that everything written still reaches its pipe.
process.exitCode = await main(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  readStdin,
  cwd: process.cwd(),
  outIsTerminal: process.stdout.isTTY,
  errIsTerminal: process.stderr.isTTY,
  env: process.env,
});
