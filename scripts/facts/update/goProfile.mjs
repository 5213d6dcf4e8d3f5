import { bodyOf, closing, constant, fields, inside, split, tokens, UnreadableGo, words } from './go.mjs';
import { addGroup } from './history.mjs';

/** Constants of golang.org/x/sys/unix that profiles use (Linux). */
const CONSTANTS = {
  AF_ALG: 38,
  AF_VSOCK: 40,
  CLONE_NEWCGROUP: 0x2000000,
  CLONE_NEWIPC: 0x8000000,
  CLONE_NEWNET: 0x40000000,
  CLONE_NEWNS: 0x20000,
  CLONE_NEWPID: 0x20000000,
  CLONE_NEWUSER: 0x10000000,
  CLONE_NEWUTS: 0x4000000,
  ENOSYS: 38,
  EPERM: 1,
  PER_LINUX32: 0x8,
  UNAME26: 0x20000,
};

const ACTIONS = { ActAllow: 'ALLOW', ActErrno: 'ERRNO', ActKill: 'KILL', ActTrap: 'TRAP', ActTrace: 'TRACE' };
const OPERATORS = {
  OpEqualTo: 'EQ',
  OpNotEqual: 'NE',
  OpLessThan: 'LT',
  OpLessEqual: 'LE',
  OpGreaterThan: 'GT',
  OpGreaterEqual: 'GE',
  OpMaskedEqual: 'MASKED_EQ',
};

/**
 * The content of containerd's contrib/seccomp/seccomp_default.go: `{ head, groups, capSets }`, where `capSets` names the
 * capability sets whose union is tested. Every statement has to be one of those known here; else `UnreadableGo`.
 */
export function readGoProfile(source) {
  const list = tokens(source);
  const arches = bodyOf(list, 'arches');
  const body = bodyOf(list, 'DefaultProfile');
  if (!arches || !body) throw new UnreadableGo('no functions arches() and DefaultProfile()');
  const reader = { head: {}, groups: new Map(), capSets: new Set(), numbers: { ...CONSTANTS } };
  readBlock(body, { includes: {}, excludes: {} }, reader);
  if (!reader.head.defaultAction) throw new UnreadableGo('no DefaultAction');
  reader.head.architecturesByGOARCH = readArches(arches);
  return { head: reader.head, groups: reader.groups, capSets: [...reader.capSets].sort() };
}

function readArches(body) {
  const byArch = {};
  for (const { labels, statements } of casesOf(body.slice(body.findIndex(({ text }) => text === '{')))) {
    const list = split(inside(statements.slice(1)), ',').map((name) => name.at(-1).text.replace(/^Arch/, ''));
    for (const label of labels ?? ['*']) byArch[label] = list;
  }
  return byArch;
}

/** Statements one after the other, under the conditions of the blocks around them. */
function readBlock(list, when, reader) {
  let i = 0;
  while (i < list.length) {
    const { end, header, block } = statementAt(list, i);
    const text = words(header);
    if (block !== undefined) readCompound({ text, header, block, when }, reader);
    else readSimple(header, { text, when }, reader);
    i = end;
  }
}

/** One statement: its header, and the tokens of the block of `if`, `for` and `switch`. */
function statementAt(list, start) {
  const compound = ['if', 'for', 'switch'].includes(list[start].text);
  const { line } = list[start];
  let at = start;
  let last = line;
  for (; at < list.length; at++) {
    const { kind, text } = list[at];
    if (!compound && list[at].line > last) break;
    if (kind === 'sign' && text === '{' && compound && !isLiteral(list, at)) {
      const end = closing(list, at);
      if (list[end + 1]?.text === 'else') throw new UnreadableGo(`line ${line}: an else branch`);
      return { header: list.slice(start, at), block: list.slice(at, end + 1), end: end + 1 };
    }
    if (kind === 'sign' && '{(['.includes(text)) at = closing(list, at);
    last = list[at].line;
    // A statement ends with its line, unless a sign says that it goes on.
    if (!compound && list[at + 1]?.line > last && !/^([=,|+&.(]|:=)$/.test(list[at].text)) {
      at += 1;
      break;
    }
    if (list[at + 1]?.line > last) last = list[at + 1].line;
  }
  return { header: list.slice(start, at), end: at };
}

/** `KernelVersion{` inside a condition's parentheses is a literal; they are skipped as a whole, so none is met. */
const isLiteral = (list, at) => list[at - 1]?.text === 'KernelVersion';

function readCompound({ text, header, block, when }, reader) {
  const inner = block.slice(1, -1);
  if (text === 'switch runtime . GOARCH') return readArchSwitch(block, when, reader);
  if (header[0].text === 'switch' && header.length === 2) return readCapSwitch(block, when, reader);
  if (header[0].text === 'for') {
    const set = /range sp \. Process \. Capabilities \. (\w+)$/.exec(text)?.[1];
    if (set) reader.capSets.add(set);
    else if (!/range caps$/.test(text)) throw new UnreadableGo(`line ${header[0].line}: ${text}`);
    return readBlock(inner, when, reader);
  }
  if (/^if (! admin|! caps \[ CAP_SYS_ADMIN \])$/.test(text))
    return readBlock(inner, withCap(when, 'excludes', 'CAP_SYS_ADMIN'), reader);
  const kernel = /KernelVersion \{ Kernel : (\d+) , Major : (\d+) \}/.exec(text);
  if (header[0].text === 'if' && kernel) {
    const minKernel = `${kernel[1]}.${kernel[2]}`;
    return readBlock(inner, { ...when, includes: { ...when.includes, minKernel } }, reader);
  }
  if (text === 'if ok') return readBlock(inner, when, reader);
  throw new UnreadableGo(`line ${header[0].line}: the condition '${text}' is not known here`);
}

function withCap(when, key, cap) {
  return { ...when, [key]: { ...when[key], caps: [...(when[key].caps ?? []), cap] } };
}

function readArchSwitch(block, when, reader) {
  const cases = casesOf(block);
  const named = cases.flatMap(({ labels }) => labels ?? []);
  let from = [];
  for (const { labels, statements } of cases) {
    const key = labels ? 'includes' : 'excludes';
    const arches = labels ? [...from, ...labels] : named;
    const falls = statements.at(-1)?.text === 'fallthrough';
    readBlock(
      falls ? statements.slice(0, -1) : statements,
      { ...when, [key]: { ...when[key], arches } },
      reader,
    );
    from = falls ? arches : [];
  }
}

function readCapSwitch(block, when, reader) {
  for (const { labels, statements } of casesOf(block)) {
    if (labels?.length !== 1) throw new UnreadableGo(`line ${block[0].line}: a case without one capability`);
    readBlock(statements, withCap(when, 'includes', labels[0]), reader);
  }
}

/** `case "a", "b": …` and `default: …` (labels undefined) of a switch's block. */
function casesOf(block) {
  const list = block.slice(1, closing(block, 0));
  const cases = [];
  for (let i = 0; i < list.length; ) {
    const colon = list.findIndex(({ text }, at) => at > i && text === ':');
    const labels = list[i].text === 'default' ? undefined : list.slice(i + 1, colon);
    if (list[i].text !== 'default' && list[i].text !== 'case')
      throw new UnreadableGo(`line ${list[i].line}: no case`);
    let end = colon + 1;
    while (end < list.length && list[end].text !== 'case' && list[end].text !== 'default')
      end = CLOSES.has(list[end].text) && list[end].kind === 'sign' ? closing(list, end) + 1 : end + 1;
    cases.push({
      labels: labels?.filter(({ kind }) => kind === 'string').map(({ text }) => text),
      statements: list.slice(colon + 1, end),
    });
    i = end;
  }
  return cases;
}

const CLOSES = new Set(['{', '(', '[']);

function readSimple(list, { text, when }, reader) {
  const rest = (count) => list.slice(count);
  if (/^syscalls := \[ \] specs \. LinuxSyscall \{/.test(text)) {
    for (const rule of split(inside(rest(2)), ',')) addRule(rule, when, reader);
  } else if (/^s := & specs \. LinuxSeccomp \{/.test(text)) {
    const found = fields(inside(rest(2)));
    reader.head.defaultAction = ACTIONS[found.get('DefaultAction')?.at(-1).text];
  } else if (/^s \. Syscalls = append \(/.test(text)) {
    const args = split(list.slice(6, -1), ',');
    for (const rule of args.slice(1)) addRule(rule, when, reader);
  } else if (/^\w+ := uint \( unix \. \w+ \)$/.test(text)) {
    reader.numbers[list[0].text] = CONSTANTS[list.at(-2).text];
  } else if (!HARMLESS.some((pattern) => pattern.test(text))) {
    throw new UnreadableGo(`line ${list[0].line}: the statement '${text}' is not known here`);
  }
}

const HARMLESS = [
  /^admin (:= false|= true)$/,
  /^return s$/,
  /^caps := make \( map \[ string \] bool \)$/,
  /^caps \[ c \] = true$/,
];

function addRule(rule, when, { groups, numbers }) {
  const found = fields(inside(rule));
  for (const key of found.keys())
    if (!['Names', 'Action', 'Args', 'ErrnoRet'].includes(key))
      throw new UnreadableGo(`line ${rule[0].line}: a rule has the field ${key}`);
  const action = ACTIONS[found.get('Action')?.at(-1).text];
  if (!action) throw new UnreadableGo(`line ${rule[0].line}: a rule without a known action`);
  const errno = found.get('ErrnoRet');
  addGroup(
    groups,
    {
      action,
      args: found.has('Args') ? split(inside(found.get('Args')), ',').map((arg) => argOf(arg, numbers)) : [],
      errnoRet: errno ? Number(constant(errno.slice(1), numbers)) : undefined,
      ...when,
    },
    inside(found.get('Names'))
      .filter(({ kind }) => kind === 'string')
      .map(({ text }) => text),
  );
}

function argOf(arg, numbers) {
  const found = fields(inside(arg));
  const number = (key) => (found.has(key) ? Number(constant(found.get(key), numbers)) : 0);
  const op = OPERATORS[found.get('Op')?.at(-1).text];
  if (!op) throw new UnreadableGo(`line ${arg[0].line}: an argument without a known operator`);
  return [number('Index'), number('Value'), number('ValueTwo'), op];
}
