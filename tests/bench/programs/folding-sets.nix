# sums kept in a set, which each step of a fold makes anew from the last and from a set that it is given
{ n ? 20000 }:
let
  orders = builtins.genList (index: { article = "a${toString (index / 7 * 7)}"; count = index; price = index * 3; }) n;
  add = sums: order:
    let next = {
      count = sums.count + order.count;
      total = sums.total + order.count * order.price;
      dearest = if order.price > sums.dearest.price then order else sums.dearest;
    }; in
    builtins.seq next.count (builtins.seq next.total (builtins.seq next.dearest next));
in
builtins.foldl' add { count = 0; total = 0; dearest = { price = 0; }; } orders
