namespace SuperD.Importing.Xinetd;

/// <summary>How xinetd reads an attribute.</summary>
[Flags]
internal enum XinetdTraits
{
    /// <summary>It is allowed in a service.</summary>
    Service = 1,

    /// <summary>It is allowed in <c>defaults</c>.</summary>
    Defaults = 2,

    /// <summary>Its value is a set: <c>+=</c> and <c>-=</c> change the value of <c>defaults</c>, <c>=</c> replaces it.</summary>
    Set = 4,

    /// <summary>A service takes it only from <c>defaults</c> that precede it; the others are filled in at the end.</summary>
    Early = 8,

    /// <summary>An empty value is an error: xinetd disables the service; with one in <c>defaults</c> it does not start.</summary>
    Filled = 16,

    /// <summary>In <c>defaults</c> it has no effect.</summary>
    Inert = 32,
}
