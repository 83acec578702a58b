namespace SuperD.Linux;

/// <summary>The machine code for x86-64, see <see cref="MachineCode"/>.</summary>
/// <remarks>A test assembles the sources again (<c>as</c>, Intel syntax) and compares.</remarks>
internal static class X64Code
{
    /// <summary>The source of <see cref="Launch"/>.</summary>
    internal const string LaunchListing = """
        # long launch(ulong flags, void* stack_top, int* pidfd, LaunchStep* steps, LaunchRecord* record, long number)
        #             rdi          rsi              rdx         rcx                r8                     r9
        launch: mov eax, r9d            # clone(flags, stack, parent_tid = pidfd, child_tid, tls), or clone3(arguments, size)
                mov r9, rcx             # a system call clobbers rcx and r11 only
                mov r10, r8             # child_tid: the first word of the record
                syscall
                test eax, eax
                jz child
                ret                     # parent: pid or -errno
        child:  mov rbx, r9             # the next step
                mov rbp, r10            # the record
        next:   mov [rbp+8], rbx
                mov rax, [rbx]
                mov rdi, [rbx+8]
                mov rsi, [rbx+16]
                mov rdx, [rbx+24]
                mov r10, [rbx+32]
                mov r8,  [rbx+40]
                mov r9,  [rbx+48]
                syscall
                cmp rax, -4095
                jae fail                # unsigned: -4095 to -1 is an error
                add rbx, 56
                jmp next
        fail:   mov [rbp+16], rax
                mov edi, 127
                mov eax, 231            # exit_group(127)
                syscall

        """;

    /// <summary>The source of <see cref="Forward"/>.</summary>
    internal const string ForwardListing = """
        forward: mov edx, edi           # the signal
                 mov edi, 0x11111111    # the process
                 mov esi, 0x22222222    # the thread
                 mov eax, 234           # tgkill
                 syscall
                 ret
        restore: mov eax, 15            # rt_sigreturn
                 syscall

        """;

    /// <summary>The source of <see cref="Tell"/>.</summary>
    internal const string TellListing = """
        tell:    push rdi               # the signal; its number fits the first byte
                 mov edi, 0x11111111    # the pipe, which does not block
                 mov rsi, rsp
                 mov edx, 1
                 mov eax, edx           # write
                 syscall
                 pop rdi
                 ret
        restore: mov eax, 15            # rt_sigreturn
                 syscall

        """;

    internal static ReadOnlySpan<byte> Launch =>
    [
        0x44, 0x89, 0xc8, 0x49, 0x89, 0xc9, 0x4d, 0x89, 0xc2, 0x0f, 0x05, 0x85, 0xc0, 0x74, 0x01, 0xc3, 0x4c, 0x89, 0xcb, 0x4c, 0x89, 0xd5,
        0x48, 0x89, 0x5d, 0x08, 0x48, 0x8b, 0x03, 0x48, 0x8b, 0x7b, 0x08, 0x48, 0x8b, 0x73, 0x10, 0x48, 0x8b, 0x53, 0x18, 0x4c, 0x8b, 0x53,
        0x20, 0x4c, 0x8b, 0x43, 0x28, 0x4c, 0x8b, 0x4b, 0x30, 0x0f, 0x05, 0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, 0x73, 0x06, 0x48, 0x83, 0xc3,
        0x38, 0xeb, 0xd1, 0x48, 0x89, 0x45, 0x10, 0xbf, 0x7f, 0x00, 0x00, 0x00, 0xb8, 0xe7, 0x00, 0x00, 0x00, 0x0f, 0x05,
    ];

    internal static ReadOnlySpan<byte> Forward =>
    [
        0x89, 0xfa, 0xbf, 0x11, 0x11, 0x11, 0x11, 0xbe, 0x22, 0x22, 0x22, 0x22, 0xb8, 0xea, 0x00, 0x00, 0x00, 0x0f, 0x05, 0xc3,
        0xb8, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05,
    ];

    internal static ReadOnlySpan<byte> Tell =>
    [
        0x57, 0xbf, 0x11, 0x11, 0x11, 0x11, 0x48, 0x89, 0xe6, 0xba, 0x01, 0x00, 0x00, 0x00, 0x89, 0xd0, 0x0f, 0x05, 0x5f, 0xc3,
        0xb8, 0x0f, 0x00, 0x00, 0x00, 0x0f, 0x05,
    ];
}
