# blame: 2:35
{ a = ({ width, height }: width * heigth) { width = 1; height = 2; }; }
