namespace SuperD.Importing.Xinetd;

/// <summary>How xinetd reads an attribute.</summary>
[Flags]
internal enum XinetdTraits
{
    /// <summary>It may stand in a service.</summary>
    Service = 1,

    /// <summary>It may stand in <c>defaults</c>.</summary>
    Defaults = 2,

    /// <summary>Its value is a set: <c>+=</c> and <c>-=</c> change what <c>defaults</c> says, <c>=</c> replaces it.</summary>
    Set = 4,

    /// <summary>A service takes it from those <c>defaults</c> only that stand before it; the others are filled in at the end.</summary>
    Early = 8,
}
