"""Stateful metrics: updated batch by batch, merged over metrics and ranks, computed when asked.

In a LightningModule they are attributes, and their values are what is logged:

    import lightning

    import metrics_core as mc

    class Segmenter(lightning.LightningModule):
        def __init__(self, network):
            super().__init__()
            self.network = network
            members = {"iou": mc.IoU(num_classes=2), "dice": mc.Dice(num_classes=2)}
            self.metrics = mc.MetricCollection(members, prefix="val/")

        def validation_step(self, batch, batch_index):
            images, target = batch
            self.metrics.update(target, self.network(images))  # target first

        def on_validation_epoch_end(self):
            self.log_dict(self.metrics.compute())
            self.log_dict(self.metrics.per_class())
            self.metrics.reset()
"""

from metrics_core.modular.collection import MetricCollection
from metrics_core.modular.curves import AUROC, ROC, AveragePrecision, PrecisionRecallCurve
from metrics_core.modular.metric import Metric
from metrics_core.modular.scores import (
    F1,
    Accuracy,
    CohenKappa,
    ConfusionMatrix,
    Dice,
    FBeta,
    IoU,
    MatthewsCorrCoef,
    Precision,
    Recall,
    ScoreMetric,
)

__all__ = [
    "AUROC",
    "F1",
    "ROC",
    "Accuracy",
    "AveragePrecision",
    "CohenKappa",
    "ConfusionMatrix",
    "Dice",
    "FBeta",
    "IoU",
    "MatthewsCorrCoef",
    "Metric",
    "MetricCollection",
    "Precision",
    "PrecisionRecallCurve",
    "Recall",
    "ScoreMetric",
]
