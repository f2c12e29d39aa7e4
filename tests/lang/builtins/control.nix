{
  tryEval = map (x: (builtins.tryEval x).success) [ 1 (throw "x") (assert false; 1) <nothing> ];
  seq = builtins.seq [ (throw "not wanted") ] 1;
  deepSeq = (builtins.tryEval (builtins.deepSeq [ (throw "wanted") ] 1)).success;
  trace = builtins.trace "told" 1;
  traceVerbose = builtins.traceVerbose (throw "not wanted") 1;
  warn = builtins.warn "told" 1;
  break = builtins.break 1;
  addErrorContext = builtins.addErrorContext "said in errors" 1;
  current = [ (builtins.currentTime > 0) (builtins.isString builtins.currentSystem) builtins.nixVersion builtins.langVersion ];
  experimental = map builtins.isFunction [
    (builtins.fetchTree or map) (builtins.getFlake or map) (builtins.parseFlakeRef or map) (builtins.flakeRefToString or map)
    (builtins.fetchClosure or map) (builtins.outputOf or map)
  ];
  fetchers = map builtins.isFunction [ builtins.fetchurl fetchTarball fetchGit fetchMercurial ];
}
