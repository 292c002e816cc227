# What a processor without AMX does with instructions on tiles: its exception for unknown instructions (#UD) leads here. Instructions are decoded as far
# as Tern writes them; all else, a tile before shapes are told, and shapes told while others hold, end in a triple fault.
#
# Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: LDTILECFG, TILELOADD, TDPBSSD, TILESTORED, TILERELEASE; volume 3, 6.14.

        .intel_syntax noprefix
        .code64
        .set TILES, 0x1e0000            # eight of 1 KiB
        .set STATE, 0x1e2000            # 1 while shapes hold
        .set TABLE, 0x1e2010            # size and address of the descriptors of exceptions
        .set NOTHING, 0x1e2020

# A function `void f(long *frame)`.
        lidt [TABLE]
        ret
        .balign 16
tiles:  push r15
        push r14
        push r13
        push r12
        push r11
        push r10
        push r9
        push r8
        push rdi
        push rsi
        push rbp
        push rsp
        push rbx
        push rdx
        push rcx
        push rax
        mov rsi, [rsp + 128]          # the instruction
        movzx ebx, byte ptr [rsi + 1] # VEX: R, X, B, map
        mov ecx, [rsi + 2]            # W, vvvv, L, pp; opcode; ModRM; SIB
        movzx edx, ch
        mov eax, ebx
        and eax, 0x9f
        cmp eax, 0x82
        jne fail
        cmp byte ptr [rsi], 0xc4
        jne fail
        test cl, 0x84
        jnz fail
        cmp edx, 0x49
        je shapes
        cmp byte ptr [STATE], 1
        jne fail
        cmp edx, 0x5e
        je product
        cmp edx, 0x4b
        jne fail
        # tileloadd, tilestored
        mov edx, ecx
        shr edx, 16
        mov eax, edx
        and al, 7
        cmp al, 4
        jne fail
        cmp edx, 0x3fff
        ja fail
        mov eax, edx
        shr eax, 8
        mov r8d, eax
        and r8d, 7
        shr eax, 3
        test bl, 0x20
        jnz 1f
        add r8d, 8
1:      test bl, 0x40
        jnz 1f
        add eax, 8
1:      mov r9, [rsp + rax * 8]       # from row to row
        mov r8, [rsp + r8 * 8]        # the first
        add rsi, 6
        movzx eax, dl
        shr eax, 6
        jz 2f
        dec eax
        jnz 1f
        movsx rax, byte ptr [rsi]
        inc rsi
        jmp 3f
1:      dec eax
        jnz fail
        movsxd rax, dword ptr [rsi]
        add rsi, 4
3:      add r8, rax
2:      mov r10, rsi
        shl edx, 7
        and edx, 0x1c00
        lea rdx, [rdx + TILES]
        mov ebx, 16
        and ecx, 3
1:      mov rsi, r8
        mov rdi, rdx
        cmp ecx, 3
        je 2f
        xchg rsi, rdi
2:      push rcx
        mov ecx, 8
        rep movsq
        pop rcx
        add r8, r9
        add edx, 64
        dec ebx
        jnz 1b
        mov rsi, r10
        jmp done
        # tdpbssd
product: mov edx, ecx
        shr edx, 16
        cmp dl, 0xc0
        jb fail
        mov eax, ecx
        and eax, 0x43
        cmp eax, 0x43
        jne fail
        mov edi, edx
        shl edi, 7
        and edi, 0x1c00
        and edx, 7
        shl edx, 10
        not ecx
        and ecx, 0x38
        shl ecx, 7
        mov r8d, TILES
        add edi, r8d                  # sums
        add edx, r8d                  # a
        lea r9d, [r8d + ecx]          # b
        add rsi, 5
        mov r10d, 16
1:      xor r11d, r11d                # a row of a, a column of b
2:      xor r8d, r8d                  # bytes along k
3:      mov eax, r8d
        and eax, 0x3c
        shl eax, 4
        lea eax, [rax + r11 * 4]
        mov ecx, r8d
        and ecx, 3
        add eax, ecx
        movsx eax, byte ptr [r9 + rax]
        movsx ecx, byte ptr [rdx + r8]
        imul eax, ecx
        add [rdi + r11 * 4], eax
        inc r8d
        cmp r8d, 64
        jb 3b
        inc r11d
        cmp r11d, 16
        jb 2b
        add edi, 64
        add edx, 64
        dec r10d
        jnz 1b
        jmp done
        # ldtilecfg [rip + distance], tilerelease
shapes: mov edx, ecx
        shr edx, 16
        add rsi, 5
        cmp dl, 0xc0
        je 1f
        cmp dl, 5
        jne fail
        cmp byte ptr [STATE], 0
        jne fail
        movsxd rax, dword ptr [rsi]
        add rsi, 4
        cmp dword ptr [rsi + rax], 1
        jne fail
        mov r8, 0x0040004000400040
        mov r9, 0x1010101010101010
        cmp [rsi + rax + 16], r8
        jne fail
        cmp [rsi + rax + 24], r8
        jne fail
        cmp [rsi + rax + 48], r9
        jne fail
        mov byte ptr [STATE], 1
        jmp done
1:      mov byte ptr [STATE], 0
done:   mov [rsp + 128], rsi
        pop rax
        pop rcx
        pop rdx
        pop rbx
        add rsp, 8
        pop rbp
        pop rsi
        pop rdi
        pop r8
        pop r9
        pop r10
        pop r11
        pop r12
        pop r13
        pop r14
        pop r15
        iretq
fail:   lidt [NOTHING]
        ud2
