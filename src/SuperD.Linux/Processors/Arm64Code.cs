namespace SuperD.Linux;

/// <summary>The machine code for arm64, see <see cref="MachineCode"/>, and the sources it is assembled from (<c>as</c>).</summary>
/// <remarks>
/// A test assembles the sources again and compares. Three things differ from x86-64. clone(2) has its last two arguments the other way
/// round (CLONE_BACKWARDS). A system call changes only the register of its result. And stores may become visible to other processors in
/// another order than they are made, so the launch orders those to its record itself; superd reads the record with acquire semantics.
/// The bytes get into a page by write(2) to a memfd: when such a page is first mapped to execute, the kernel makes the caches of
/// instructions coherent with it (__sync_icache_dcache), so nothing here has to.
/// </remarks>
internal static class Arm64Code
{
    /// <summary>The source of <see cref="Launch"/>.</summary>
    internal const string LaunchListing = """
        // long launch(ulong flags, void* stack_top, int* pidfd, LaunchStep* steps, LaunchRecord* record, long number)
        //             x0           x1               x2          x3                 x4                     x5
        launch: mov  x8, x5              // clone(flags, stack, parent_tid = pidfd, tls, child_tid), or clone3(arguments, size)
                svc  #0                  // child_tid: the first word of the record; tls: nothing, without CLONE_SETTLS
                cbz  w0, child           // a system call changes x0 only
                ret                      // parent: pid or -errno
        child:  mov  x19, x3             // the next step
                mov  x20, x4             // the record
                add  x21, x20, #8
        next:   stlr x19, [x21]          // release: what the steps before have done is seen before this
                ldp  x8, x0, [x19]
                ldp  x1, x2, [x19, #16]
                ldp  x3, x4, [x19, #32]
                ldr  x5, [x19, #48]
                svc  #0
                cmn  x0, #4095
                b.hs fail                // unsigned: -4095 to -1 is an error
                add  x19, x19, #56
                b    next
        fail:   str  x0, [x20, #16]
                dmb  ish                 // seen before the kernel clears the first word
                mov  x0, #127
                mov  x8, #94             // exit_group(127)
                svc  #0

        """;

    /// <summary>The source of <see cref="Forward"/>.</summary>
    internal const string ForwardListing = """
        forward: mov  w2, w0             // the signal
                 ldr  w0, process
                 ldr  w1, thread
                 mov  x8, #131           // tgkill
                 svc  #0
                 ret
        restore: mov  x8, #139           // rt_sigreturn
                 svc  #0
        process: .word 0x11111111
        thread:  .word 0x22222222

        """;

    /// <summary>The source of <see cref="Tell"/>.</summary>
    internal const string TellListing = """
        tell:    str  x0, [sp, #-16]!    // the signal; its number fits the first byte
                 ldr  w0, pipe           // it does not block
                 mov  x1, sp
                 mov  x2, #1
                 mov  x8, #64            // write
                 svc  #0
                 add  sp, sp, #16
                 ret
        restore: mov  x8, #139           // rt_sigreturn
                 svc  #0
        pipe:    .word 0x11111111

        """;

    internal static ReadOnlySpan<byte> Launch =>
    [
        0xe8, 0x03, 0x05, 0xaa, 0x01, 0x00, 0x00, 0xd4, 0x40, 0x00, 0x00, 0x34, 0xc0, 0x03, 0x5f, 0xd6, 0xf3, 0x03, 0x03, 0xaa,
        0xf4, 0x03, 0x04, 0xaa, 0x95, 0x22, 0x00, 0x91, 0xb3, 0xfe, 0x9f, 0xc8, 0x68, 0x02, 0x40, 0xa9, 0x61, 0x0a, 0x41, 0xa9,
        0x63, 0x12, 0x42, 0xa9, 0x65, 0x1a, 0x40, 0xf9, 0x01, 0x00, 0x00, 0xd4, 0x1f, 0xfc, 0x3f, 0xb1, 0x62, 0x00, 0x00, 0x54,
        0x73, 0xe2, 0x00, 0x91, 0xf7, 0xff, 0xff, 0x17, 0x80, 0x0a, 0x00, 0xf9, 0xbf, 0x3b, 0x03, 0xd5, 0xe0, 0x0f, 0x80, 0xd2,
        0xc8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4,
    ];

    internal static ReadOnlySpan<byte> Forward =>
    [
        0xe2, 0x03, 0x00, 0x2a, 0xe0, 0x00, 0x00, 0x18, 0xe1, 0x00, 0x00, 0x18, 0x68, 0x10, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4,
        0xc0, 0x03, 0x5f, 0xd6, 0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4, 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x22, 0x22,
    ];

    internal static ReadOnlySpan<byte> Tell =>
    [
        0xe0, 0x0f, 0x1f, 0xf8, 0x20, 0x01, 0x00, 0x18, 0xe1, 0x03, 0x00, 0x91, 0x22, 0x00, 0x80, 0xd2, 0x08, 0x08, 0x80, 0xd2,
        0x01, 0x00, 0x00, 0xd4, 0xff, 0x43, 0x00, 0x91, 0xc0, 0x03, 0x5f, 0xd6, 0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4,
        0x11, 0x11, 0x11, 0x11,
    ];
}
