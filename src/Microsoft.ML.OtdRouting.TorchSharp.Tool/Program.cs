using Microsoft.ML.OtdRouting.Training.Tool;

return OtdTrainTool.Run(args, Console.Out, Console.Error);
