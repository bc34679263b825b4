//! What the lexer has to know of a language.

/// Comments, strings and words of a language, or of a family of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Language {
    /// Beginnings of comments that end with the line.
    pub(crate) line_comments: &'static [&'static str],
    /// Beginnings and ends of comments that may span lines.
    pub(crate) block_comments: &'static [(&'static str, &'static str)],
    /// Delimiters of strings that end with the line, in which `\` escapes.
    pub(crate) quotes: &'static [char],
    /// Delimiters of strings that may span lines; the longest first.
    pub(crate) long_quotes: &'static [&'static str],
    /// Words with a meaning of their own, with spaces between them.
    pub(crate) keywords: &'static str,
    /// Characters that may stand in words besides letters, digits and `_`.
    pub(crate) word_letters: &'static [char],
    /// Whether a word with a capital first letter is a type.
    pub(crate) capital_types: bool,
    /// Whether a line `key: value` or `key = value` begins with a name.
    pub(crate) keys: bool,
    /// Whether `<tag attribute="…">` is markup.
    pub(crate) tags: bool,
}

const PLAIN: Language = Language {
    line_comments: &[],
    block_comments: &[],
    quotes: &[],
    long_quotes: &[],
    keywords: "",
    word_letters: &[],
    capital_types: false,
    keys: false,
    tags: false,
};

const C_LIKE: Language = Language {
    line_comments: &["//"],
    block_comments: &[("/*", "*/")],
    quotes: &['"', '\''],
    capital_types: true,
    ..PLAIN
};

const HASH: Language = Language { line_comments: &["#"], quotes: &['"', '\''], ..PLAIN };

const RUST: Language = Language {
    quotes: &[],
    long_quotes: &["\""],
    keywords: "as async await box break const continue crate dyn else enum extern false fn for if impl in let loop \
               match mod move mut pub ref return self Self static struct super trait true type union unsafe use \
               where while yield",
    ..C_LIKE
};

const C: Language = Language {
    keywords: "alignas auto bool break case catch char class const constexpr continue default delete do double else \
               enum explicit extern false float for friend goto if inline int long namespace new noexcept nullptr \
               NULL operator override private protected public register return short signed sizeof static \
               static_cast struct switch template this throw true try typedef typename union unsigned using virtual \
               void volatile while include define ifdef ifndef endif pragma",
    ..C_LIKE
};

const JAVA_LIKE: Language = Language {
    long_quotes: &["\"\"\""],
    keywords: "abstract and as async await base bool boolean break by byte case catch char class companion const \
               continue data def default delegate do double else enum event extends extension false final finally \
               float for foreach fun func guard if implements import in init instanceof int interface internal is \
               lateinit lazy let long match namespace new nil null object open out override package private \
               protected protocol public readonly record ref return sealed self short static string struct super \
               suspend switch this throw throws trait true try using val var virtual void when where while with \
               yield",
    ..C_LIKE
};

const SCRIPT: Language = Language {
    long_quotes: &["`"],
    keywords: "abstract any as async await boolean break case catch class const continue debugger declare default \
               delete do else enum export extends false finally for from function get if implements import in \
               instanceof interface keyof let namespace new null number of private protected public readonly return \
               satisfies set static string super switch this throw true try type typeof undefined unknown var void \
               while yield",
    word_letters: &['$'],
    ..C_LIKE
};

const GO: Language = Language {
    long_quotes: &["`"],
    keywords: "any bool break byte case chan const continue default defer else error fallthrough false float64 for \
               func go goto if import int int32 int64 interface iota map nil package range return rune select \
               string struct switch true type uint uint64 var",
    ..C_LIKE
};

const PYTHON: Language = Language {
    long_quotes: &["\"\"\"", "'''"],
    keywords: "and as assert async await break case class continue def del elif else except False finally for from \
               global if import in is lambda match None nonlocal not or pass raise return self True try while with \
               yield",
    capital_types: true,
    ..HASH
};

const RUBY: Language = Language {
    keywords: "alias and begin break case class def defp defmodule do else elsif end ensure false fn for if in \
               module next nil not or raise require rescue return self super then true unless until use when while \
               with yield",
    word_letters: &['?', '!'],
    capital_types: true,
    ..HASH
};

const SHELL: Language = Language {
    keywords: "alias break case cd continue do done echo elif else esac eval exec exit export fi for function if in \
               local printf read readonly return set shift source then trap unset until while FROM RUN COPY ADD ENV \
               ARG CMD ENTRYPOINT WORKDIR EXPOSE USER VOLUME LABEL",
    word_letters: &['-'],
    ..HASH
};

const CONFIG: Language =
    Language { keywords: "true false null yes no on off", word_letters: &['-', '.'], keys: true, ..HASH };

const JSON: Language = Language { quotes: &['"'], keywords: "true false null", keys: true, ..C_LIKE };

const CSS: Language = Language {
    line_comments: &[],
    keywords: "important media import supports keyframes layer container from to",
    word_letters: &['-'],
    capital_types: false,
    keys: true,
    ..C_LIKE
};

const SQL: Language = Language {
    line_comments: &["--"],
    block_comments: &[("/*", "*/")],
    quotes: &['\'', '"'],
    keywords: "add all alter and as asc begin between by case check column commit constraint create default delete \
               desc distinct drop else end exists foreign from group having if in index inner insert integer into \
               is join key left like limit not null on or order outer primary references returning rollback select \
               set table text then trigger union unique update using values view when where with SELECT FROM WHERE \
               INSERT INTO VALUES UPDATE SET DELETE CREATE TABLE INDEX ON AND OR NOT NULL PRIMARY KEY REFERENCES \
               JOIN LEFT INNER ORDER BY GROUP LIMIT AS IN IS IF EXISTS UNIQUE DEFAULT CHECK ALTER DROP ADD COLUMN",
    ..PLAIN
};

const MARKUP: Language = Language {
    block_comments: &[("<!--", "-->")],
    quotes: &['"'],
    word_letters: &['-', ':'],
    tags: true,
    ..PLAIN
};

const LUA_LIKE: Language = Language {
    line_comments: &["--"],
    quotes: &['"', '\''],
    keywords: "and break case class data deriving do else elseif end false for function if import in instance let \
               local module newtype nil not of or repeat return then true type until where while",
    capital_types: true,
    ..PLAIN
};

impl Language {
    /// Returns the language of a file, by its name.
    pub(crate) fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let extension = name.rsplit_once('.').map_or(name, |(_, extension)| extension).to_ascii_lowercase();
        match extension.as_str() {
            "rs" => RUST,
            "c" | "h" | "cc" | "cpp" | "cxx" | "hh" | "hpp" | "m" | "mm" | "zig" | "glsl" => C,
            "java" | "kt" | "kts" | "cs" | "swift" | "scala" | "dart" | "groovy" | "gradle" | "proto"
            | "php" => JAVA_LIKE,
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "tsx" | "vue" | "svelte" => SCRIPT,
            "go" => GO,
            "py" | "pyi" => PYTHON,
            "rb" | "ex" | "exs" | "rake" | "gemfile" | "cr" => RUBY,
            "sh" | "bash" | "zsh" | "fish" | "dockerfile" | "containerfile" | "makefile" | "mk" | "ps1" => {
                SHELL
            }
            "yaml" | "yml" | "toml" | "ini" | "cfg" | "conf" | "env" | "lock" | "properties" => CONFIG,
            "json" | "json5" | "jsonc" => JSON,
            "css" | "scss" | "less" => CSS,
            "sql" => SQL,
            "html" | "htm" | "xml" | "svg" | "xhtml" => MARKUP,
            "lua" | "hs" | "elm" => LUA_LIKE,
            "pl" | "pm" | "r" | "jl" | "nix" | "tf" => HASH,
            _ => PLAIN,
        }
    }
}
