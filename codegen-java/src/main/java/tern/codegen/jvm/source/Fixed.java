package tern.codegen.jvm.source;

import com.palantir.javapoet.ArrayTypeName;
import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.TypeName;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import javax.lang.model.element.Modifier;

/// Methods of a generated packer that are the same for all packings.
enum Fixed {
    CODE("code", "The code to write for digits. Those that are not known stand for padding: zero where a code has zeros there, else the "
            + "first digits that some code holds.", """
            int number = 0;
            for (int d = g - 1; d >= 0; d--) {
                int digit = digits[at + d] - low;
                number = number < 0 || digit < 0 || digit >= size ? -1 : number * size + digit;
            }
            if (number >= 0 && codes[number] >= 0) return codes[number];
            for (number = 0; number < codes.length; number++) {
                boolean held = codes[number] >= 0;
                for (int d = 0, rest = number; d < g; d++, rest /= size)
                    held &= !known[at + d] || rest % size + low == digits[at + d];
                if (held) return codes[number];
            }
            throw new IllegalArgumentException("no code holds some of the weights");
            """, TypeName.INT) {
        @Override
        MethodSpec.Builder parameters(MethodSpec.Builder method) {
            return method.addParameter(INTS, "codes").addParameter(TypeName.INT, "low").addParameter(TypeName.INT, "size")
                    .addParameter(TypeName.INT, "g").addParameter(ArrayTypeName.of(TypeName.BYTE), "digits")
                    .addParameter(ArrayTypeName.of(TypeName.BOOLEAN), "known").addParameter(TypeName.INT, "at");
        }
    },
    DIGIT("digit", "A digit of a code, counted from the lowest of the alphabet.", """
            int number = meanings[code];
            if (number < 0) throw new IllegalArgumentException("code " + code + " means nothing");
            for (int j = 0; j < digit; j++) number /= size;
            return number % size;
            """, TypeName.INT) {
        @Override
        MethodSpec.Builder parameters(MethodSpec.Builder method) {
            return method.addParameter(INTS, "meanings").addParameter(TypeName.INT, "code").addParameter(TypeName.INT, "size")
                    .addParameter(TypeName.INT, "digit");
        }
    },
    PUT("put", "Sets the bits of a field that are 1 in value.", """
            for (int b = bit / 8, bits = value << bit % 8; bits != 0; b++, bits >>>= 8)
                packed.set(JAVA_BYTE, tile + b, (byte) (packed.get(JAVA_BYTE, tile + b) | bits));
            """, TypeName.VOID) {
        @Override
        MethodSpec.Builder parameters(MethodSpec.Builder method) {
            return method.addParameter(SEGMENT, "packed").addParameter(TypeName.LONG, "tile").addParameter(TypeName.INT, "bit")
                    .addParameter(TypeName.INT, "value");
        }
    },
    GET("get", "A field of so many bits.", """
            int bits = 0;
            for (int b = (bit + width - 1) / 8; b >= bit / 8; b--) bits = bits << 8 | packed.get(JAVA_BYTE, tile + b) & 0xff;
            return bits >>> bit % 8 & (1 << width) - 1;
            """, TypeName.INT) {
        @Override
        MethodSpec.Builder parameters(MethodSpec.Builder method) {
            return method.addParameter(SEGMENT, "packed").addParameter(TypeName.LONG, "tile").addParameter(TypeName.INT, "bit")
                    .addParameter(TypeName.INT, "width");
        }
    },
    DRAW("draw", "A code that means something, the same for the same seed.", """
            long hash = (seed + 1) * 0x9e3779b97f4a7c15L;
            while (true) {
                hash = (hash ^ hash >>> 32) * 0xd6e8feb86659fd93L;
                int code = (int) Long.remainderUnsigned(hash >>> 16, meanings.length);
                if (meanings[code] >= 0) return code;
            }
            """, TypeName.INT) {
        @Override
        MethodSpec.Builder parameters(MethodSpec.Builder method) {
            return method.addParameter(INTS, "meanings").addParameter(TypeName.LONG, "seed");
        }
    },
    NUMBERS("numbers", "Numbers written as text, since an array of constants would take seven bytes of code for each.", """
            return $T.stream(String.join(" ", parts).strip().split(" +")).mapToInt(Integer::parseInt).toArray();
            """, ArrayTypeName.of(TypeName.INT)) {
        @Override
        MethodSpec.Builder parameters(MethodSpec.Builder method) {
            return method.addParameter(ArrayTypeName.of(ClassName.get(String.class)), "parts").varargs();
        }

        @Override
        CodeBlock body(String text) {
            return CodeBlock.of(text, Arrays.class);
        }
    };

    private static final TypeName INTS = ArrayTypeName.of(TypeName.INT), SEGMENT = ClassName.get(MemorySegment.class);

    private final String name;
    private final String doc;
    private final String text;
    private final TypeName result;

    Fixed(String name, String doc, String text, TypeName result) {
        this.name = name;
        this.doc = doc;
        this.text = text;
        this.result = result;
    }

    abstract MethodSpec.Builder parameters(MethodSpec.Builder method);

    CodeBlock body(String raw) {
        return CodeBlock.of("$L", raw);
    }

    MethodSpec method() {
        return parameters(MethodSpec.methodBuilder(name))
                .addModifiers(Modifier.PRIVATE, Modifier.STATIC)
                .addJavadoc("$L\n", doc)
                .returns(result)
                .addCode(body(text))
                .build();
    }
}
