import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const fixtures = fileURLToPath(new URL('../../fixtures/request-id/', import.meta.url))

/** One line each: the random bytes in hex, or nothing if the function is to draw them; a tab; the key. */
type Calls = string

interface Language {
  readonly name: string
  /** Commands that succeed where the language can be run. */
  readonly probes: readonly [string, ...string[]][]
  readonly packages: string
  /** The RequestIds that the fixture's function makes for the calls, a line each. */
  readonly run: (calls: Calls) => string
}

/** The languages other than TypeScript that the function to copy exists in. */
export const languages: readonly Language[] = [
  {
    name: 'Python',
    probes: [['python3', '-c', 'import sys; sys.exit(sys.version_info < (3, 10))']],
    packages: 'python3 (3.10 or newer)',
    run: (calls) => execFileSync('python3', ['-c', python, fixtures], { input: calls, encoding: 'utf8' }),
  },
  {
    name: 'C#',
    probes: [
      ['mcs', '--version'],
      ['mono', '--version'],
    ],
    packages: 'mono-mcs',
    run: runCSharp,
  },
]

const python = `
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from request_id import new_request_id
for call in sys.stdin.buffer.read().decode().rstrip("\\n").split("\\n"):
    random, key = call.split("\\t")
    print(new_request_id(key, bytes.fromhex(random)) if random else new_request_id(key))
`

/** The program is in C# 7 for .NET Framework, as the function is. It reads UTF-8 whatever the console's encoding is. */
const cSharpMain = `
using System;
using System.IO;
using System.Linq;
using System.Text;

static class Program
{
    static byte[] Bytes(string hex) =>
        Enumerable.Range(0, hex.Length / 2).Select(i => Convert.ToByte(hex.Substring(2 * i, 2), 16)).ToArray();

    static void Main()
    {
        var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
        for (var line = input.ReadLine(); line != null; line = input.ReadLine())
        {
            var call = line.Split('\\t');
            var made = call[0] == "" ? RequestId.NewRequestId(call[1]) : RequestId.NewRequestId(call[1], Bytes(call[0]));
            Console.WriteLine(made);
        }
    }
}
`

function runCSharp(calls: Calls): string {
  const folder = mkdtempSync(join(tmpdir(), 'smokeball-request-id-'))
  try {
    const main = join(folder, 'Program.cs')
    const program = join(folder, 'program.exe')
    writeFileSync(main, cSharpMain)
    const options = ['-langversion:7', '-warnaserror', `-out:${program}`]
    execFileSync('mcs', [...options, join(fixtures, 'RequestId.cs'), main], { encoding: 'utf8' })
    return execFileSync('mono', [program], { input: calls, encoding: 'utf8' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
