using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>The columns of an answer, whose classes are counted in the order of the keys, by ML.NET's conventions for detection. A missing answer is one detection of which all is missing.</summary>
internal static class DetectionColumns
{
    public static IReadOnlyList<TaskColumn> Of(DetectionTask task, ClassKeys keys)
    {
        var floats = new VectorDataViewType(NumberDataViewType.Single);
        return
        [
            new TaskColumn(task.PredictedBoundingBoxColumnName, floats, null, answer => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Boxes(answer(), ref value))),
            new TaskColumn(
                task.PredictedLabelColumnName,
                new VectorDataViewType(new KeyDataViewType(typeof(uint), keys.Count)),
                Annotations.Texts(Annotations.KeyValues, keys.Names),
                answer => (ValueGetter<VBuffer<uint>>)((ref VBuffer<uint> value) => Labels(answer(), ref value))),
            new TaskColumn(task.ScoreColumnName, floats, null, answer => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Scores(answer(), ref value))),
        ];
    }

    private static void Boxes(ReadOnlySpan<float> answer, ref VBuffer<float> value)
    {
        var editor = VBufferEditor.Create(ref value, 4 * Length(answer));
        editor.Values.Fill(float.NaN);
        for (var i = 0; i < DetectionRow.Count(answer); i++)
        {
            var box = DetectionRow.At(answer, i).Box;
            (editor.Values[4 * i], editor.Values[(4 * i) + 1], editor.Values[(4 * i) + 2], editor.Values[(4 * i) + 3]) = (box.X0, box.Y0, box.X1, box.Y1);
        }

        value = editor.Commit();
    }

    private static void Labels(ReadOnlySpan<float> answer, ref VBuffer<uint> value)
    {
        var editor = VBufferEditor.Create(ref value, Length(answer));
        editor.Values.Clear();
        for (var i = 0; i < DetectionRow.Count(answer); i++)
        {
            editor.Values[i] = (uint)(DetectionRow.At(answer, i).Class + 1);
        }

        value = editor.Commit();
    }

    private static void Scores(ReadOnlySpan<float> answer, ref VBuffer<float> value)
    {
        var editor = VBufferEditor.Create(ref value, Length(answer));
        editor.Values.Fill(float.NaN);
        for (var i = 0; i < DetectionRow.Count(answer); i++)
        {
            editor.Values[i] = DetectionRow.At(answer, i).Score;
        }

        value = editor.Commit();
    }

    private static int Length(ReadOnlySpan<float> answer) => float.IsNaN(answer[0]) ? 1 : DetectionRow.Count(answer);
}
