// A ClickHouse SQL editor for the HQL page. `mount` is called on every render with what Python sent:
//   data.sql, data.revision   the text; it replaces what is typed only when the revision is a new one
//   data.tables               [{name, grain, columns: [{name, type, meaning}]}] for completion
//   data.functions            function names for completion
//   data.problem              {message, line, column} of the last run, or null
// and it answers with the state `sql` (a pause after typing) and the trigger `run` (Mod-Enter).

import { autocompletion, closeCompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete"
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands"
import { SQLDialect, sql } from "@codemirror/lang-sql"
import { HighlightStyle, bracketMatching, indentOnInput, syntaxHighlighting } from "@codemirror/language"
import { lintGutter, setDiagnostics } from "@codemirror/lint"
import { EditorState } from "@codemirror/state"
import {
  EditorView, drawSelection, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers, placeholder,
} from "@codemirror/view"
import { tags } from "@lezer/highlight"

const KEYWORDS = `all and any anti array as asc asof between by case cast collate cross cube current desc distinct else
end escape except exists false fill final first following from full global grouping group having ilike in inner
intersect interval into is join last left like limit natural not null nulls offset on or order outer over partition
preceding prewhere qualify range recursive right rollup row rows sample select semi sets step then ties to totals true
unbounded union using when where window with`.split(/\s+/)
const UNITS = "second minute hour day week month quarter year".split(" ")
const TYPES = `array bool date date32 datetime datetime64 decimal enum8 enum16 fixedstring float32 float64 int8 int16 int32
int64 int128 int256 ipv4 ipv6 json lowcardinality map nothing nullable string tuple uint8 uint16 uint32 uint64 uint128
uint256 uuid`.split(/\s+/)

const clickhouse = SQLDialect.define({
  keywords: [...KEYWORDS, ...UNITS].join(" "),
  types: TYPES.join(" "),
  backslashEscapes: true,
  hashComments: true,
  slashComments: false,
  spaceAfterDashes: false,
  identifierQuotes: '`"',
  operatorChars: "*+-%<>!=&|/~^?:",
})

const colors = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--weir-keyword)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--weir-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--weir-number)" },
  { tag: tags.typeName, color: "var(--weir-type)" },
  { tag: [tags.lineComment, tags.blockComment], color: "var(--weir-faint)", fontStyle: "italic" },
  { tag: [tags.operator, tags.punctuation, tags.bracket], color: "var(--weir-soft)" },
])

const look = EditorView.theme({
  "&": { fontSize: "13px", backgroundColor: "transparent", color: "var(--st-text-color)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--st-code-font)", fontVariantLigatures: "none", lineHeight: "1.6", minHeight: "11rem", maxHeight: "26rem" },
  ".cm-content": { caretColor: "var(--st-primary-color)", padding: "10px 0" },
  ".cm-cursor": { borderLeftColor: "var(--st-primary-color)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "transparent", border: "none", color: "var(--weir-faint)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--weir-line)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { background: "var(--weir-selection) !important" },
  ".cm-tooltip": {
    backgroundColor: "var(--st-background-color)", border: "1px solid var(--st-border-color)", borderRadius: "8px",
    boxShadow: "0 6px 24px rgb(0 0 0 / 0.16)", overflow: "hidden", color: "var(--st-text-color)",
  },
  ".cm-tooltip.cm-completionInfo": { padding: "6px 10px", maxWidth: "22rem", fontFamily: "var(--st-font)" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--st-code-font)", fontSize: "12.5px", maxHeight: "16rem" },
  ".cm-tooltip-autocomplete > ul > li": { padding: "3px 10px !important" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--st-primary-color) !important", color: "#fff !important",
  },
  ".cm-completionDetail": { opacity: "0.65", fontStyle: "normal", marginLeft: "1em" },
  ".cm-diagnostic": { fontFamily: "var(--st-font)", padding: "5px 10px" },
})

const editors = new WeakMap()

export function mount(component) {
  const { parentElement, data } = component
  const host = parentElement.querySelector(".weir-editor")
  if (!host) return undefined
  let editor = editors.get(host)
  if (!editor) {
    editor = open(host, data)
    editors.set(host, editor)
  }
  editor.component = component
  editor.data = data
  if (editor.revision !== data.revision) {
    editor.revision = data.revision
    replace(editor.view, data.sql)
    editor.told = data.sql
  }
  mark(editor.view, data.problem)
  return () => {
    clearTimeout(editor.timer)
    editor.view.destroy()
    editors.delete(host)
  }
}

function open(host, data) {
  const editor = { revision: data.revision, told: data.sql, timer: undefined, data }
  const tell = () => {
    clearTimeout(editor.timer)
    const text = editor.view.state.doc.toString()
    if (text === editor.told) return
    editor.told = text
    editor.component.setStateValue("sql", text)
  }
  const run = () => {
    clearTimeout(editor.timer)
    editor.told = editor.view.state.doc.toString()
    closeCompletion(editor.view)
    editor.component.setTriggerValue("run", editor.told)
    return true
  }
  editor.view = new EditorView({
    parent: host,
    root: host.getRootNode(),
    state: EditorState.create({
      doc: data.sql,
      extensions: [
        // First, so that no other binding takes the key.
        keymap.of([{ key: "Mod-Enter", run, preventDefault: true }]),
        lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
        highlightActiveLine(), highlightSpecialChars(), lintGutter(),
        sql({ dialect: clickhouse }),
        autocompletion({ override: [(context) => complete(context, editor.data)], icons: false }),
        syntaxHighlighting(colors), look,
        placeholder("select … from requests"),
        EditorView.contentAttributes.of({ "aria-label": "HQL query" }),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return
          clearTimeout(editor.timer)
          editor.timer = setTimeout(tell, 600)
        }),
        EditorView.domEventHandlers({ blur: () => { tell() } }),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, indentWithTab, ...defaultKeymap]),
      ],
    }),
  })
  return editor
}

function replace(view, text) {
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } })
}

function mark(view, problem) {
  const marks = []
  if (problem?.line && problem.line <= view.state.doc.lines) {
    const line = view.state.doc.line(problem.line)
    const from = Math.min(line.from + Math.max(0, (problem.column ?? 1) - 1), line.to)
    const word = /^\w+/.exec(view.state.sliceDoc(from, line.to))
    marks.push({ from, to: Math.min(line.to, from + (word ? word[0].length : 1)), severity: "error", message: problem.message })
  }
  view.dispatch(setDiagnostics(view.state, marks))
}

function complete(context, data) {
  const word = context.matchBefore(/[\w.]*/)
  if (!word || (word.from === word.to && !context.explicit)) return null
  const text = context.state.doc.toString().toLowerCase()
  const tables = data.tables ?? []
  const read = tables.filter((table) => new RegExp(`\\b${table.name}\\b`).test(text))
  const columns = (read.length ? read : tables).flatMap((table) =>
    table.columns.map((column) => ({
      label: column.name, type: "property", detail: column.type, info: column.meaning, boost: 2,
    })))
  const once = new Map(columns.map((option) => [option.label, option]))
  const options = [
    ...once.values(),
    ...tables.map((table) => ({ label: table.name, type: "class", detail: "table", info: table.grain, boost: 1 })),
    ...(data.functions ?? []).map((name) => ({ label: name, type: "function", apply: `${name}(` })),
    ...KEYWORDS.map((name) => ({ label: name, type: "keyword", boost: -1 })),
  ]
  return { from: word.from + word.text.lastIndexOf(".") + 1, options, validFor: /^\w*$/ }
}
