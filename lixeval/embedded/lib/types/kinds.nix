# Sets that say what they are in `_type`.
{ }:
{
  isType = kind: value: value._type or null == kind;
  setType = kind: value: value // { _type = kind; };
}
