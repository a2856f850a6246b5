// The Debian package, installed into a folder of its own: by dpkg, whose scripts run outside of it. Where systemd is
// wanted, a program in its place does what the unit says.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { freePort, temporaryFolder } from './server.js';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Whether this can be done: only root gives files away. */
export const canInstall = process.getuid() === 0;

/** Makes the package of the built program; its path. */
export function makePackage() {
  const said = execFileSync(join(project, 'scripts/package.sh'), { encoding: 'utf8' });
  return said.trim().split('\n').at(-1);
}

/** The same package as a later version. */
export function laterVersion(deb, folder) {
  const tree = join(folder, 'tree');
  execFileSync('dpkg-deb', ['--raw-extract', deb, tree]);
  const control = join(tree, 'DEBIAN', 'control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*/m, 'Version: 99.0'));
  const later = join(folder, 'later.deb');
  execFileSync('dpkg-deb', ['-Zgzip', '-z1', '--build', tree, later], { stdio: 'pipe' });
  rmSync(tree, { recursive: true });
  return later;
}

export class Installed {
  static async make() {
    const installed = new Installed();
    installed.folder = await temporaryFolder();
    // The user of the server has to get in.
    chmodSync(installed.folder, 0o755);
    installed.root = join(installed.folder, 'root');
    installed.port = await freePort();
    for (const folder of ['var/lib/dpkg/info', 'var/lib/dpkg/updates', 'var/backups', 'mnt', 'etc']) {
      mkdirSync(join(installed.root, folder), { recursive: true });
    }
    for (const file of ['status', 'available']) writeFileSync(join(installed.root, 'var/lib/dpkg', file), '');
    installed.#writePrograms();
    return installed;
  }

  /** What the package has put there. */
  path(path) {
    return join(this.root, path);
  }

  read(path) {
    return readFileSync(this.path(path), 'utf8');
  }

  /** A key of the unit. */
  unit(key) {
    const [, value] = this.read('usr/lib/systemd/system/twofold.service').match(new RegExp(`^${key}=(.*)$`, 'm'));
    return value;
  }

  /** Ids of the user that the package has made. */
  get user() {
    const [, , uid, gid] = this.read('etc/passwd').match(/^twofold:.*$/m)[0].split(':');
    return { uid: Number(uid), gid: Number(gid) };
  }

  install(deb) {
    return this.run(`dpkg -i ${deb}`);
  }

  /** Tells the server of this folder where it is, as an operator tells it other settings. */
  configure() {
    const file = this.path('etc/twofold/twofold.toml');
    const text = readFileSync(file, 'utf8').replace('"/var/lib/twofold"', `"${this.path('var/lib/twofold')}"`);
    writeFileSync(file, `${text}TWOFOLD_LISTEN = "127.0.0.1:${this.port}"\n`);
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Runs lines of a shell, with everything in this folder in place of the machine's; what they say. */
  run(lines, { cwd = this.folder } = {}) {
    let script = lines
      .replace(/(?<![\w./])\/(etc\/twofold|var\/lib\/twofold|var\/backups|mnt)\b/g, `${this.root}/$1`)
      .replaceAll('127.0.0.1:8787', `127.0.0.1:${this.port}`);
    if (script.includes('-o twofold')) {
      const { uid, gid } = this.user;
      script = script.replaceAll('-o twofold -g twofold', `-o ${uid} -g ${gid}`);
    }
    const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TWOFOLD_')));
    const env = { ...environment, PATH: `${join(this.folder, 'bin')}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin` };
    try {
      return execFileSync('bash', ['-euo', 'pipefail', '-c', script], { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
      throw new Error(`${script}\nended with ${error.status}:\n${error.stdout}${error.stderr}`);
    }
  }

  remove() {
    this.run('systemctl stop twofold');
    rmSync(this.folder, { recursive: true });
  }

  #writePrograms() {
    const bin = join(this.folder, 'bin');
    mkdirSync(bin);
    const programs = {
      twofold: `exec ${this.root}/usr/bin/twofold "$@"`,
      // The machine's own systemd is not asked for anything.
      'deb-systemd-helper': 'exit 0',
      'deb-systemd-invoke': 'exit 0',
      dpkg: `
        /usr/bin/dpkg --root=${this.root} --force-depends --force-script-chrootless --force-confold "$@"
        # What its last lines do on a machine that systemd has booted.
        if [ "$1" = -i ] && [ -f ${this.folder}/pid ]; then systemctl stop twofold; systemctl start twofold; fi`,
      systemctl: `
        pid=$(cat ${this.folder}/pid 2>/dev/null) || pid=
        unit=${this.root}/usr/lib/systemd/system/twofold.service
        of() { sed -n "s/^$1=//p" "$unit" | head -n 1; }
        case "$1" in
        start)
            # One that runs goes on, as with systemd.
            if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then exit 0; fi
            passwd=$(grep "^$(of User):" ${this.root}/etc/passwd)
            uid=$(echo "$passwd" | cut -d: -f3) gid=$(echo "$passwd" | cut -d: -f4)
            cd "${this.root}$(of WorkingDirectory)"
            umask "$(of UMask)"
            setsid setpriv --reuid="$uid" --regid="$gid" --clear-groups --no-new-privs --bounding-set=-all \\
                env -i "${this.root}"$(of ExecStart) >>${this.folder}/log 2>&1 </dev/null &
            echo $! >${this.folder}/pid ;;
        stop)
            if [ -n "$pid" ]; then
                kill "$pid" 2>/dev/null || true
                while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
                # Known to have run: the next version of the package starts it again.
                : >${this.folder}/pid
            fi ;;
        is-active) kill -0 "$pid" && echo active ;;
        esac`,
    };
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
    }
  }
}

/** The blocks of commands of a page of docs/, each with the heading that it stands under. */
export function blocks(page) {
  const text = readFileSync(join(project, 'docs', page), 'utf8');
  const found = [];
  let heading = '';
  for (const [, title, lines] of text.matchAll(/^#+ ([^\n]*)$|^```sh\n(.*?)^```$/gms)) {
    if (title !== undefined) heading = title;
    else found.push({ heading, lines });
  }
  return found;
}

/** The files of the project by name. */
export function projectFile(path) {
  return join(project, path);
}

/** Everything below a folder, as paths from it. */
export function tree(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
    .sort();
}
