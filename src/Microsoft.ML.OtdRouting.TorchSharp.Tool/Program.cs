Microsoft.ML.OtdRouting.Training.LibTorch.Require();
return 0;
