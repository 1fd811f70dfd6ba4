"""pytorch_lightning.metrics: the classes of PyTorch Lightning 0.9, called as metric(pred, target), prediction first.

Values are those of version 0.9.0: all pixels of a call are pooled; 0/0 is 0; num_classes=None takes the classes up to
the largest label; accuracy is that of pixels; Dice leaves class 0 out. What differs:

* ConfusionMatrix(normalize=True) divides each row by its own sum; the original divided column j by the sum of row j.
  The matrix always is [class, class]; the original made a number of that of one class.
* AUROC is the area under the ROC curve; the original sorted the curve anew, which mixed up points of equal rate.
* Curves of a class without positive, or without negative, pixels hold NaN; the original failed. Pixels of weight 0 are
  no points of a curve.
* Predictions with a class axis name their classes; the original guessed the number of classes from the largest
  probability, and took channel 0 for the scores of any pos_label.
* Counts are exact int64 and ratios float64; the original stopped counting at 2^24. Results come in the default
  dtype, or in that of metric.to(dtype).
* Accuracy scores targets that are all 0, and IoU uses its sample_weight; the original failed on the one and ignored the
  other.
* In distributed runs the pixels of all processes make one score. The original added up the scores of the processes; a
  reduce_op ("sum", "avg", or one of torch.distributed.ReduceOp) still reduces the scores themselves.
* Negative labels are refused by name; labels of num_classes and above are misses, as in the original.

Source: https://github.com/Lightning-AI/pytorch-lightning/tree/0.9.0, pytorch_lightning/metrics.
"""

from metrics_core.compat.lightning.curves import (
    AUROC,
    ROC,
    AveragePrecision,
    MulticlassPrecisionRecall,
    MulticlassROC,
    PrecisionRecall,
)
from metrics_core.compat.lightning.labels import (
    F1,
    Accuracy,
    ConfusionMatrix,
    DiceCoefficient,
    FBeta,
    IoU,
    Precision,
    Recall,
)

__all__ = [
    "AUROC",
    "F1",
    "ROC",
    "Accuracy",
    "AveragePrecision",
    "ConfusionMatrix",
    "DiceCoefficient",
    "FBeta",
    "IoU",
    "MulticlassPrecisionRecall",
    "MulticlassROC",
    "Precision",
    "PrecisionRecall",
    "Recall",
]
