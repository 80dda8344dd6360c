"""Han characters that are read or drawn alike, folded to one of them; for names, where one stroke deceives.

Two lists: the traditional and older forms of simplified characters that names use most (after the
kSimplifiedVariant and kZVariant fields of Unihan), and pairs that differ in one stroke (after Unicode
Technical Standard 39). A name folded so may be another honest name, too: that it agrees is a reason to look,
and never the only one.
"""

from __future__ import annotations

import numpy as np

_FORMS = (
    ("爲為沒個説說眞國時會學長東車馬門問間見覺觀書畫話語請讀寫電腦網開關點熱愛樂藝術歷曆史記錄",
     "为为没个说说真国时会学长东车马门问间见觉观书画话语请读写电脑网开关点热爱乐艺术历历史记录"),
    ("報導視頻影閒閑聞風雲龍鳳鳥魚蘭葉樹園廣場華葯藥醫師傳媒體經濟財產業務專門題號碼買賣質價貓",
     "报导视频影闲闲闻风云龙凤鸟鱼兰叶树园广场华药药医师传媒体经济财产业务专门题号码买卖质价猫"),
    ("節約結緣紅綠線級統網組織綜練習聲響應發髮現實驗證評論談許設計詩詞謝識譯讓變貝負責費資質贊",
     "节约结缘红绿线级统网组织综练习声响应发发现实验证评论谈许设计诗词谢识译让变贝负责费资质赞"),
    ("進運過達遠還邊郵鄉鄰醬釀銀鋼錢鐵錶鏡闆陽陰陳陸際隊難離雙雞雜霧靈靜韓頁項順須領頭題願類飛",
     "进运过达远还边邮乡邻酱酿银钢钱铁表镜板阳阴陈陆际队难离双鸡杂雾灵静韩页项顺须领头题愿类飞"),
    ("飯飲館駕騎驚體魯鮮鹽麥麗黃齊齒劃劉剛創勝勞動區協單衛參員團圍圓圖壞壓壇聖處備夢夠獎婦媽嬰孫",
     "饭饮馆驾骑惊体鲁鲜盐麦丽黄齐齿划刘刚创胜劳动区协单卫参员团围圆图坏压坛圣处备梦够奖妇妈婴孙"),
    ("寶審寧對導將專尋島幣師帶幫幹廠廳張強彈後從復徵德憶懷態慶戀戰擇擔據擊數斷於無舊暫條來極構標",
     "宝审宁对导将专寻岛币师带帮干厂厅张强弹后从复征德忆怀态庆恋战择担据击数断于无旧暂条来极构标"),
)  # fmt: skip
_STROKES = ("曰囗末土己巳入夭玊犬太壬睛凊芉臺", "日口未士已已人天王大大王晴清干台")


def _table() -> tuple[np.ndarray, np.ndarray]:
    pairs = {}
    for left, right in (*_FORMS, _STROKES):
        for a, b in zip(left, right, strict=True):
            if a != b:
                pairs[ord(a)] = ord(b)
    keys = sorted(pairs)
    return np.array(keys, np.uint32), np.array([pairs[pairs[key]] if pairs[key] in pairs else pairs[key]
                                                for key in keys], np.uint32)  # fmt: skip


FROM, TO = _table()
"""Code points in order, and what each is folded to."""
