# blame: 2:12
map (item: itme * 2) [ 1 2 ]
