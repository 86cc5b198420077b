using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML.OtdRouting.Tests.Persistence;

/// <summary>The session options that ML.NET's ONNX transformers get.</summary>
public class LastingSessionOptionsTests
{
    [Fact]
    public void A_file_whose_name_ends_like_another_format_opens()
    {
        using var folder = new ScratchFolder();
        var file = folder.File("u3xh2qpb.ort");
        File.Copy(FashionPictures.ModelFile(10), file);
        var context = new MLContext();
        using var lasting = LastingSessionOptions.In(context);
        using var session = new InferenceSession(file, context.GetOnnxSessionOption().CreateSessionOptions());
        Assert.NotEmpty(session.OutputMetadata);

        using var plain = new SessionOptions();
        Assert.Contains("ORT model", Assert.Throws<OnnxRuntimeException>(() => new InferenceSession(file, plain)).Message);
    }
}
