// The language of Tern. Its manual is docs/language.md.
//
// Words are no keywords where a name may stand; what a name means (an axis, a type, a function) is checked after parsing.
grammar Tern;

text: declaration* EOF;

declaration: codec | packing | kernel | schedule;

// ---- codec

codec: 'codec' name '=' meaning;

meaning
    : 'map' '(' entry (',' entry)* ')' 'in' width                                         # map
    | BASE '(' INT ('of' INT)? ')' ('from' integer)? 'in' width
          (',' mostFirst = 'most' 'significant' 'first')? (',' fixedPoint = 'fixed' 'point')?  # radix
    | 'signed' BASE '(' INT ')' 'in' INT 'bits'                                           # signed
    | 'planes'                                                                            # planes
    | 'int' 'in' width                                                                    # twos
    | 'table' '(' INT ')' 'in' width '{' (row ';')+ '}'                          # table
    ;

// Of a code: one field, or several by their names, the lowest first.
width: INT 'bits' | part (',' part)*;
part: name INT 'bits';
entry: integer | '_';
row: INT ':' integer+;

// ---- packing

packing: 'packing' name ('(' parameter (',' parameter)* ')')? '{' (packingItem ';' | section | head | tail)* '}';

parameter: ID 'in' INT ('|' INT)*;
// Or the name of a parameter.
size: INT | ID;

packingItem
    : 'tile' 'rows' size ',' 'k' size (',' size 'bytes')?  # tile
    | 'word' name                                       # word
    | 'tiles' name 'within' name                        # order
    | 'spread' 'rows'                                   # spread
    | scale                                             # tileScale
    | sectionItem                                       # wholeTile
    ;

section: 'section' range (',' range)? '{' (sectionItem ';')* '}';
range: axis = ('rows' | 'k') size '..' size;

sectionItem
    : 'codec' name      # useCodec
    | 'digit' place     # digit
    | name 'at' place   # field
    ;

head: 'head' size 'bytes' '{' (scale ';')* '}';
tail: 'tail' size 'bytes' '{' (scale ';')* '}';
scale: 'scale' name 'at' place;

place: sign? term (sign term)*;
sign: '+' | '-';
term: INT | name ('/' div = size)? ('%' mod = size)? ('*' times = size)?;

// ---- kernel

kernel: 'kernel' name '(' param (',' param)* ')' '->' param '{' element '=' formula '}';
param: name ':' name ('[' dim (',' dim)* ']')?;
dim: name ('/' INT)?;

formula: product (sign product)*;
product: factor ('*' factor)*;
factor
    : '-'? (INT | FLOAT)                            # number
    | name '(' name ':' element '*' element ')'     # dot
    | name '(' name ':' factor ('*' factor)+ ')'    # groups
    | name '(' formula (',' formula)* ')'           # call
    | element                                       # at
    | '(' formula ')'                               # group
    ;
element: name ('[' name (',' name)* ']')?;

// ---- schedule

schedule: 'schedule' 'for' name 'on' target '{' (setting ';')* '}';
target: name | STRING;

setting
    : 'packing' name
    | 'strategy' name
    | 'lanes' INT
    | 'row' 'tiles' INT
    | 'tokens' INT
    | 'k' 'tiles' INT
    | 'cache' 'block' INT
    | 'panel' INT                                    // a cache block, as written until November 2026
    | 'prefetch' INT
    | 'unroll' INT
    | 'rolled'
    | 'unit' name
    | 'k' 'lanes' INT
    | 'warps' INT
    | 'split' INT
    | 'stages' INT
    | 'isa' name
    ;

// ---- words

integer: '-'? INT;

name
    : ID | BASE
    | 'at' | 'bits' | 'bytes' | 'codec' | 'digit' | 'first' | 'fixed' | 'for' | 'from' | 'head' | 'in' | 'int' | 'isa' | 'k' | 'kernel' | 'lanes'
    | 'map' | 'most' | 'of' | 'on' | 'packing' | 'cache' | 'block' | 'panel' | 'planes' | 'point' | 'prefetch' | 'rolled' | 'row' | 'rows' | 'scale' | 'schedule' | 'section'
    | 'signed' | 'significant' | 'split' | 'spread' | 'stages' | 'strategy' | 'table' | 'tail' | 'tile' | 'tiles' | 'tokens' | 'unit' | 'unroll' | 'warps'
    | 'within' | 'word'
    ;

BASE: 'base' [0-9]+;
ID: [A-Za-z] [A-Za-z0-9_]*;
FLOAT: [0-9]+ ('.' [0-9]+ ([eE] [+-]? [0-9]+)? | [eE] [+-]? [0-9]+);
INT: [0-9]+;
STRING: '"' ~["\r\n]* '"';
COMMENT: '//' ~[\r\n]* -> skip;
SPACE: [ \t\r\n]+ -> skip;
