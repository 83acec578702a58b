using System.Collections.Immutable;

namespace SuperD.Importing.Xinetd;

/// <summary>One attribute as written: <c>only_from += 10.0.0.0</c>.</summary>
/// <param name="Place">The line.</param>
/// <param name="Name">In lower case: xinetd ignores the case.</param>
/// <param name="Operator"><c>=</c>, <c>+=</c> or <c>-=</c>.</param>
/// <param name="Words">The values.</param>
internal sealed record XinetdLine(SourceLine Place, string Name, string Operator, ImmutableArray<string> Words);
