namespace SuperD.Configuration;

/// <summary>The place of something written: a file and a span in it.</summary>
internal readonly record struct Place(string File, SourceSpan Span)
{
    /// <summary><c>FILE:LINE:COLUMN</c>, or the file alone for a whole file; for "already defined at ..." in messages.</summary>
    public override string ToString() =>
        Span == SourceSpan.WholeFile ? Wording.Path(File) : $"{Wording.Path(File)}:{Span.Line}:{Span.Column}";
}
