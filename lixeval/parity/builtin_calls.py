"""The builtins that random programs call: the types of their arguments, and of what they give.

Types are words: the kinds of values, "list:int" and its like, "number" (int or float), "any", "lazy" (anything,
failures too), "name" (of an attribute), "fn:A>B" (a function from A to B, "fn:A>B>C" of two arguments), and literals
such as "pattern".  A result "any" says that the type cannot be known.
"""

from __future__ import annotations

SIGNATURES: tuple[tuple[str, str, str], ...] = tuple(
    (name, arguments, result)
    for line in """
    add            number number                   number
    sub            number number                   number
    mul            number number                   number
    div            number number                   number
    bitAnd         int int                         int
    bitOr          int int                         int
    bitXor         int int                         int
    ceil           float                           int
    floor          float                           int
    lessThan       number number                   bool
    lessThan       string string                   bool
    all            fn:int>bool list:int            bool
    any            fn:int>bool list:int            bool
    elem           int list:int                    bool
    elem           any list:any                    bool
    elemAt         list:int small                  int
    elemAt         list:any small                  any
    head           list:any                        any
    head           list:int                        int
    tail           list:int                        list:int
    tail           list:any                        list:any
    length         list:lazy                       int
    map            fn:int>int list:int             list:int
    map            fn:any>any list:any             list:any
    map            fn:string>int list:string       list:int
    filter         fn:int>bool list:int            list:int
    filter         fn:any>bool list:any            list:any
    foldl'         fn:int>int>int int list:int     int
    foldl'         fn:string>int>string string list:int string
    foldl'         fn:any>any>any any list:any     any
    concatLists    list:list:int                   list:int
    concatMap      fn:int>list:int list:int        list:int
    genList        fn:int>int small                list:int
    genList        fn:int>any small                list:any
    sort           fn:int>int>bool list:int        list:int
    sort           lessThan list:int               list:int
    sort           lessThan list:string            list:string
    sort           fn:string>string>bool list:string list:string
    partition      fn:int>bool list:int            set
    groupBy        fn:int>string list:int          set
    listToAttrs    pairs                           set
    genericClosure closure                         list:any
    attrNames      set                             list:string
    attrValues     set                             list:any
    getAttr        name set                        any
    hasAttr        name set                        bool
    removeAttrs    set list:name                   set
    intersectAttrs set set                         set
    mapAttrs       fn:string>any>any set           set
    catAttrs       name list:set                   list:any
    zipAttrsWith   fn:string>list:any>any list:set set
    functionArgs   formals                         set
    unsafeGetAttrPos name set                      any
    isAttrs        any                             bool
    isBool         any                             bool
    isFloat        any                             bool
    isFunction     any                             bool
    isInt          any                             bool
    isList         any                             bool
    isNull         any                             bool
    isPath         any                             bool
    isString       any                             bool
    typeOf         any                             string
    toString       any                             string
    toString       number                          string
    toString       list:any                        string
    toJSON         any                             string
    toJSON         set                             string
    toXML          any                             string
    fromJSON       json                            any
    fromTOML       toml                            any
    stringLength   string                          int
    substring      small small string              string
    substring      small int string                string
    replaceStrings list:string list:string string  string
    concatStringsSep string list:string            string
    match          pattern string                  any
    split          pattern string                  list:any
    splitVersion   version                         list:string
    compareVersions version version                int
    parseDrvName   version                         set
    parseDrvName   string                          set
    hashString     hash string                     string
    baseNameOf     string                          string
    baseNameOf     path                            string
    dirOf          path                            path
    dirOf          string                          string
    toPath         path                            string
    pathExists     path                            bool
    readFile       file                            string
    readFileType   path                            string
    readDir        path                            set
    seq            any any                         any
    seq            lazy int                        int
    deepSeq        any int                         int
    deepSeq        lazy any                        any
    tryEval        lazy                            set
    trace          string int                      int
    addErrorContext string any                     any
    traceVerbose   lazy int                        int
    throw          string                          any
    abort          string                          any
    hasContext     string                          bool
    getContext     string                          set
    getContext     context                         set
    hasContext     context                         bool
    appendContext  string contextset               string
    unsafeDiscardStringContext context             string
    unsafeDiscardOutputDependency context          string
    addDrvOutputDependencies context               string
    stringLength   context                         int
    substring      small small context             string
    replaceStrings list:string list:context context string
    placeholder    string                          string
    import         importable                      any
    scopedImport   set importable                  any
    warn           string int                      int
    convertHash    hashed                          string
    hashFile       hash file                       string
    findFile       searchpath string               path
    getEnv         string                          string
    fromJSON       string                          any
    parseFlakeRef  flakeref                        set
    flakeRefToString flakeattrs                    string
    toFile         version string                  string
    path           pathargs                        string
    filterSource   fn:any>any>bool path            string
    derivationStrict drvattrs                      set
    isString       context                         bool
    toJSON         context                         string
    toXML          context                         string
    split          pattern context                 list:any
    match          pattern context                 any
    concatStringsSep context list:context          string
    baseNameOf     context                         string
    dirOf          context                         string
    hashString     hash context                    string
    intersectAttrs attrs attrs                     set
    length         list:any                        int
    elemAt         list:any int                    any
    substring      int int string                  string
    replaceStrings list:string list:any string     string
    concatMap      fn:any>any list:any             list:any
    ceil           number                          int
    floor          number                          int
    """.strip().splitlines()
    for name, *arguments_and_result in [line.split()]
    for arguments, result in [(" ".join(arguments_and_result[:-1]), arguments_and_result[-1])]
)
