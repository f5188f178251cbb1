/** Runs npm and what it installed, in processes of their own. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * What it printed on stdout.
 * @throws with all that it printed where it fails
 */
export async function command(
  cwd: string,
  program: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  try {
    const { stdout } = await execute(program, argv, {
      cwd,
      env: { ...outside(), NO_COLOR: "1", ...env },
      shell: process.platform === "win32",
      maxBuffer: 2 ** 27,
    });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(
      `${[program, ...argv].join(" ")} in ${cwd} fails:\n${stdout}${stderr}`,
      { cause: error },
    );
  }
}

/** What `npm ci` has fetched before is not fetched again. */
const settings = {
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_prefer_offline: "true",
};

/** @param env more settings of npm, as `npm_config_…` */
export const npm = (
  cwd: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> => command(cwd, "npm", argv, { ...settings, ...env });

/** Without what an npm and a vitest around this process have set for themselves. */
const outside = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(npm_(?!config_cache$|config_registry$)|VITEST|NODE_ENV$|INIT_CWD$|FORCE_COLOR$)/.test(
          name,
        ),
    ),
  );
