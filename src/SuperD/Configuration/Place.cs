namespace SuperD.Configuration;

/// <summary>Where something was written: a file and a place in it.</summary>
internal readonly record struct Place(string File, SourceSpan Span)
{
    /// <summary><c>FILE:LINE:COLUMN</c>, or the file alone; for "already defined at ..." in messages.</summary>
    public override string ToString() => Span == SourceSpan.WholeFile ? Wording.Path(File) : $"{Wording.Path(File)}:{Span.Line}:{Span.Column}";
}
