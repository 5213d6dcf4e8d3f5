/** The style sheet of the HTML report: system fonts, light and dark, phone first, print. No `url()`, no import. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b1f27;--soft:#586071;--line:#dfe3ea;--mono-bg:#f1f3f7;
--red:#c62f36;--red-bg:#fdecec;--amber:#8a5800;--amber-bg:#fff3d6;--green:#1c7a45;--green-bg:#e4f6ea;--blue:#2560c9;--blue-bg:#e8effc;
--bar:#7aa2ea;--bar-soft:#c9d8f5;--shadow:0 1px 2px rgba(20,30,50,.06),0 4px 16px rgba(20,30,50,.05)}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){--bg:#0f1218;--card:#171c25;--ink:#e5e9f1;--soft:#98a2b5;--line:#2a3240;--mono-bg:#10151d;
--red:#ff7b7b;--red-bg:#3a1a1f;--amber:#f2c05c;--amber-bg:#352a12;--green:#62d293;--green-bg:#12301f;--blue:#8ab4ff;--blue-bg:#17264a;
--bar:#4c78c8;--bar-soft:#26395f;--shadow:none}}
:root[data-theme=dark]{color-scheme:dark;--bg:#0f1218;--card:#171c25;--ink:#e5e9f1;--soft:#98a2b5;--line:#2a3240;--mono-bg:#10151d;
--red:#ff7b7b;--red-bg:#3a1a1f;--amber:#f2c05c;--amber-bg:#352a12;--green:#62d293;--green-bg:#12301f;--blue:#8ab4ff;--blue-bg:#17264a;
--bar:#4c78c8;--bar-soft:#26395f;--shadow:none}
:root[data-theme=light]{color-scheme:light}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:4.2rem}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main,header .in,nav .in{max-width:72rem;margin:0 auto;padding:0 1rem}
header{padding:1.6rem 0 1.1rem}
header p.kind{margin:0 0 .35rem;color:var(--soft);font-size:.85rem;letter-spacing:.02em}
h1{margin:0;font-size:clamp(1.25rem,3.6vw,1.9rem);line-height:1.25;overflow-wrap:anywhere;text-wrap:balance}
h2{margin:0 0 .8rem;font-size:1.15rem}
h2 .n{color:var(--soft);font-weight:400;font-size:.9rem;margin-left:.4rem}
h3{margin:0;font-size:1rem}
.verdict{border-left:.4rem solid var(--green);padding:1rem 1.2rem;border-radius:.75rem;background:var(--card);box-shadow:var(--shadow)}
.verdict.blocked{border-color:var(--red)}.verdict.harmless{border-color:#d69a1f}.verdict.undecided{border-color:var(--soft)}
.verdict p{margin:.5rem 0 0;color:var(--soft)}
.facts{display:flex;flex-wrap:wrap;gap:.5rem;margin:1rem 0 0;padding:0;list-style:none}
.facts li{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.35rem .75rem;min-width:6.5rem}
.facts b{display:block;font-size:1.15rem;line-height:1.3;font-variant-numeric:tabular-nums}.facts span{color:var(--soft);font-size:.8rem}
nav{position:sticky;top:0;z-index:5;background:var(--bg);border-bottom:1px solid var(--line)}
nav .in{display:flex;gap:.5rem;align-items:center;padding-top:.5rem;padding-bottom:.5rem}
nav ul{display:flex;gap:.15rem;list-style:none;margin:0;padding:0;overflow-x:auto;flex:1;scrollbar-width:none}
nav a{display:block;padding:.3rem .6rem;border-radius:.45rem;color:var(--soft);text-decoration:none;white-space:nowrap;font-size:.9rem}
nav a:hover{background:var(--card);color:var(--ink)}
input[type=search]{font:inherit;font-size:.9rem;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.35rem .65rem;width:13rem;max-width:38vw}
button{font:inherit;font-size:.9rem;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.35rem .65rem;cursor:pointer}
a:focus-visible,button:focus-visible,input:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--blue);outline-offset:2px}
section{background:var(--card);border-radius:.75rem;padding:1.1rem 1.2rem;margin:1rem 0;box-shadow:var(--shadow);min-width:0}
code,pre,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.86em}
code{overflow-wrap:anywhere}
pre{margin:.5rem 0 0;padding:.7rem .9rem;background:var(--mono-bg);border:1px solid var(--line);border-radius:.5rem;overflow-x:auto;line-height:1.5;white-space:pre}
pre .hit{display:block;background:var(--red-bg);margin:0 -.9rem;padding:0 .9rem}
pre .ln{color:var(--soft);user-select:none;display:inline-block;min-width:4ch;text-align:right;margin-right:1.2ch}
.pill{display:inline-block;border-radius:1rem;padding:.02rem .6rem;font-size:.8rem;font-weight:600;white-space:nowrap;background:var(--blue-bg);color:var(--blue)}
.pill.bad{background:var(--red-bg);color:var(--red)}.pill.mild{background:var(--amber-bg);color:var(--amber)}.pill.good{background:var(--green-bg);color:var(--green)}
.denial{border-top:1px solid var(--line);padding:.75rem 0}.denial:first-of-type{border-top:0;padding-top:0}
.denial>summary{cursor:pointer;display:flex;flex-wrap:wrap;gap:.35rem .6rem;align-items:baseline;list-style:none}
.denial>summary::-webkit-details-marker{display:none}
.denial>summary::before{content:"\\25b8";color:var(--soft);width:.9em;flex:none}.denial[open]>summary::before{content:"\\25be"}
.denial>summary .why{color:var(--soft);font-size:.92rem}
.denial>summary .times{margin-left:auto;color:var(--soft);font-variant-numeric:tabular-nums;font-size:.9rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:.6rem 0 0}
dt{color:var(--soft)}dd{margin:0;min-width:0;overflow-wrap:anywhere}
.denial dl{padding-left:1.5rem}
.scroll{overflow-x:auto;margin:0 -1.2rem;padding:0 1.2rem}
table{border-collapse:collapse;font-size:.9rem}
th,td{padding:.3rem .55rem;text-align:left;vertical-align:middle}
thead th{color:var(--soft);font-weight:500;border-bottom:1px solid var(--line)}
.heat{border-collapse:separate;border-spacing:3px}
.heat th[scope=row]{position:sticky;left:-1.2rem;background:var(--card);font-weight:500;padding-left:1.2rem;min-width:11rem;max-width:30rem;overflow-wrap:anywhere;font-size:.86rem}
.heat thead th{border:0;vertical-align:bottom;font-size:.8rem;max-width:14rem;overflow-wrap:break-word}
.heat td{text-align:center;border-radius:.35rem;min-width:4.6rem;font-size:.78rem;font-weight:600}
.heat .a{background:var(--green-bg);color:var(--green)}.heat .e{background:var(--amber-bg);color:var(--amber)}.heat .b{background:var(--red-bg);color:var(--red)}
.key{display:flex;flex-wrap:wrap;gap:.4rem .9rem;color:var(--soft);font-size:.85rem;margin:.7rem 0 0;padding:0;list-style:none}
.rows{display:grid;gap:2px}
.row{display:grid;grid-template-columns:minmax(8rem,22rem) 1fr;gap:.8rem;align-items:center;padding:.1rem .3rem;border-radius:.35rem}
.row:hover{background:var(--mono-bg)}
.row .label{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.row .pid{color:var(--soft);font-variant-numeric:tabular-nums;display:inline-block;min-width:5ch;margin-right:.6ch}
svg{display:block;width:100%;overflow:visible}
.track{fill:var(--mono-bg)}.bar{fill:var(--bar)}.bar.failed{fill:var(--red)}.histo .bar.failed{fill:#d69a1f}.mark{fill:var(--red);stroke:var(--card);stroke-width:1.5}.mark.mild{fill:#d69a1f}
.axis{display:flex;justify-content:space-between;color:var(--soft);font-size:.78rem;font-variant-numeric:tabular-nums}
.histo .row{grid-template-columns:minmax(7rem,14rem) 1fr 11rem}
.histo .num{text-align:right;font-variant-numeric:tabular-nums;font-size:.88rem;white-space:nowrap}.histo .num i{font-style:normal;color:var(--amber)}
.tree ul{list-style:none;margin:0;padding-left:1.15rem;border-left:1px solid var(--line)}.tree>ul{padding-left:0;border:0}
.tree summary{cursor:pointer}.tree li{margin:.1rem 0}.tree .leaf{padding-left:1.05rem}
.tree .meta{color:var(--soft);font-size:.83rem;white-space:nowrap;margin-left:.4rem}
details.fold>summary{cursor:pointer;color:var(--blue);padding:.4rem 0}
.hidden{display:none!important}
.none{color:var(--soft)}
footer{color:var(--soft);font-size:.85rem;padding:.5rem 0 2.5rem}
@media (max-width:40rem){
nav .in{flex-wrap:wrap}nav ul{order:3;flex-basis:100%}input[type=search]{flex:1;max-width:none}
section{padding:.9rem}.scroll{margin:0 -.9rem;padding:0 .9rem}.heat th[scope=row]{left:-.9rem;padding-left:.9rem;min-width:8rem;max-width:11rem}
.row{grid-template-columns:1fr;gap:.1rem;padding:.25rem 0}
.axis-row .label{display:none}
.histo .row{grid-template-columns:1fr auto}.histo .row svg{grid-row:2;grid-column:1/-1}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}.denial dl{padding-left:0}
.denial>summary .times{margin-left:0}
.denial>summary .why{flex-basis:100%}
.facts li{flex:1 1 40%}
}
@media print{
:root,:root[data-theme=dark]{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--mono-bg:#f4f4f4;--red:#a00;--amber:#750;--green:#052;--red-bg:#fbdada;--amber-bg:#fdf0cd;--green-bg:#e0f2e6;--bar:#678;--shadow:none}
nav{display:none}body{font-size:10.5pt}section,.verdict{border:1px solid var(--line);padding:.6rem .8rem;margin:.6rem 0}
details::details-content{content-visibility:visible;height:auto}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
pre{white-space:pre-wrap;overflow-wrap:anywhere}.scroll{overflow:visible}.denial,.row,.heat tr,.facts{break-inside:avoid}h2{break-after:avoid}
}
`;
