{ name, src }:
# A function shorter than three hundred characters is not walked, as it may be called all over; therefore this comment
# goes on for so long, which says nothing that anybody has to know, and nevertheless is read by everybody who looks at
# it: such is life.  Now there are enough.
{ inherit name src; }
